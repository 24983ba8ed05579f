import type { WebhookWithSecret } from '@guichet/contract/accounts';
import type { CreatedApiToken, RecoveryCodes, TotpSetup } from '@guichet/contract/auth';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import type { KeptSecrets } from '../../session/kept-secrets.ts';

/** How long a new secret can be seen again by a reload, in the session that it was made in. */
export const SHOWN_SECONDS = 600;

interface Shown {
  token: Pick<CreatedApiToken, 'name' | 'token'>;
  webhook: Pick<WebhookWithSecret, 'id' | 'secret'>;
  totp: TotpSetup;
  codes: RecoveryCodes['recovery_codes'];
}

/**
 * New secrets, which the bank never shows again: an API token, the secret of a webhook, the key of a second factor, recovery codes. The form that makes one leads to
 * an address that shows it, so that a reload makes no second one.
 */
export function shownSecrets(kept: KeptSecrets) {
  return {
    /** Keeps a secret. Returns the address at which `path` shows it. */
    async show<Kind extends keyof Shown>(
      ctx: PageContext,
      path: string,
      kind: Kind,
      secret: Shown[Kind],
    ): Promise<string> {
      return withQuery(path, { shown: await kept.keep(ctx, PAGE, JSON.stringify({ kind, secret })) });
    },
    /** The secret that the address names; null if it is of another kind, or is no longer kept. */
    async find<Kind extends keyof Shown>(ctx: PageContext, kind: Kind): Promise<Shown[Kind] | null> {
      const found = await kept.find(ctx, PAGE, idIn(ctx));
      if (found === null) return null;
      const opened = JSON.parse(found) as { kind: string; secret: Shown[Kind] };
      return opened.kind === kind ? opened.secret : null;
    },
    forget(ctx: PageContext): void {
      kept.drop(ctx, PAGE, idIn(ctx));
    },
  };
}

export type ShownSecrets = ReturnType<typeof shownSecrets>;

const PAGE = 'security';

/** The id of the secret in the address. */
export function idIn({ query }: PageContext): string {
  return typeof query.shown === 'string' ? query.shown : '';
}
