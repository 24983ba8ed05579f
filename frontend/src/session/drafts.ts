import type { Context } from 'koa';
import type { CookieSettings } from './cookie.ts';
import { sealedCookies } from './sealed-cookies.ts';

export { asCookieId as asDraftId, newCookieId as newDraftId } from './sealed-cookies.ts';

/** What a user typed into a form that hasn't been carried out, and why it was refused; or where the outcome is. */
export interface Draft {
  /** The id of the user who typed it; null for a form of a signed-out user. */
  user: string | null;
  /** The path that the form is sent to. */
  action: string;
  /** The idempotency key of the next attempt. */
  key: string;
  /** What was typed, in order, without secrets. */
  fields: [name: string, value: string][];
  /** Catalog keys by field, so that the draft can be shown in another language. */
  errors: Record<string, string>;
  refusal: { code: string; title: string } | null;
  /** What the form needs next: corrections, a look at the whole, or a security code. */
  step: 'form' | 'review' | 'code';
  /** Where the outcome is, once the form has been carried out. */
  done: string | null;
}

/** The drafts of one browser, each in a sealed cookie. */
export interface Drafts {
  /** The draft with this id, if it belongs to `user`. */
  find(id: string, user: string | null): Promise<Draft | null>;
  /** Keeps a draft and drops the oldest ones that no longer fit. Returns false, and keeps nothing, if it is too large. */
  keep(id: string, draft: Draft): Promise<boolean>;
  /** Drops every draft that doesn't belong to `user`. */
  dropOthers(user: string): Promise<void>;
  dropAll(): void;
}

export type OpenDrafts = (ctx: Pick<Context, 'cookies' | 'headers'>) => Drafts;

const LIMITS = { purpose: 'draft', ttlSeconds: 3600, countMax: 5, bytesMax: 4_000 };

export function draftsOpener(settings: CookieSettings): OpenDrafts {
  const openCookies = sealedCookies<Draft>(settings, LIMITS);
  return (ctx) => {
    const cookies = openCookies(ctx);
    return {
      async find(id, user) {
        const draft = await cookies.open(id);
        return draft !== null && draft.user === user ? draft : null;
      },
      keep: cookies.keep,
      async dropOthers(user) {
        for (const id of cookies.ids()) if ((await cookies.open(id))?.user !== user) cookies.drop(id);
      },
      dropAll() {
        for (const id of cookies.ids()) cookies.drop(id);
      },
    };
  };
}
