import { type Actor, sentence } from '@guichet/contract/events';
import { queryOnce, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { requireActive } from '../people/require-active.ts';
import { lockAccounts, writeName } from './store.ts';

/** Renames an account of this owner; the same name changes nothing. @throws Problem not_found, also for an account of another member */
export async function renameAccount(
  deps: Deps,
  owner: Actor,
  accountId: string,
  name: string,
  correlationId: string | null,
): Promise<void> {
  await transaction(deps.db, async (trx) => {
    await requireActive(trx, owner);
    const locked = await queryOnce(trx, lockAccounts([accountId]));
    const account = locked.get(accountId);
    if (account === undefined || account.ownerId !== owner.id) throw problems.not_found();
    if (account.name === name) return;
    await queryOnce(trx, writeName(accountId, name));
    await enqueue(trx, [
      actionLogged(deps.clock(), correlationId, {
        actor: owner,
        action: 'ACCOUNT_RENAMED',
        subject: { type: 'account', id: accountId },
        concerns: [owner.id],
        sentence: sentence`An account was renamed.`,
        data: { account_id: accountId, name, name_before: account.name },
      }),
    ]);
  });
  deps.committed();
}
