import { queryOnce } from '@guichet/database';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { KEPT_MS } from './rules.ts';
import { deleteOrphans, deleteOver, listSealedOtherwise, replaceSecrets } from './store.ts';
import { secretContext } from './webhook.ts';

const AT_ONCE = 1_000;

/** Deletes messages that are over since days, those of deleted webhooks; seals with the first key what another one sealed. */
export async function pruneWebhooks(
  deps: Pick<Deps, 'db' | 'clock' | 'vault'>,
  signal?: AbortSignal,
): Promise<void> {
  const { db, clock, vault } = deps;
  const before = new Date(clock().getTime() - KEPT_MS);
  for (const step of [() => deleteOver(before, AT_ONCE), () => deleteOrphans(AT_ONCE)]) {
    while (signal?.aborted !== true && (await queryOnce(db, step())) === AT_ONCE);
  }
  for (const webhook of await queryOnce(db, listSealedOtherwise(vault.keyIds[0], AT_ONCE))) {
    const context = secretContext(webhook.id);
    const again = (sealed: string) => vault.seal(vault.open(sealed, context), context);
    const { secret, previousSecret } = webhook;
    await queryOnce(
      db,
      replaceSecrets(webhook, {
        secret: again(secret),
        previousSecret: previousSecret === null ? null : again(previousSecret),
      }),
    );
  }
}

export function keepPruningWebhooks(deps: Pick<Deps, 'db' | 'log' | 'clock' | 'vault'>): ScheduledJob {
  return scheduleJob({
    db: deps.db,
    log: deps.log,
    name: 'prune webhooks',
    everySeconds: 600,
    work: (signal) => pruneWebhooks(deps, signal),
  });
}
