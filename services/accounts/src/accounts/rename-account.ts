import type { Actor } from '@guichet/contract/events';
import { queryOnce, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Deps } from '../deps.ts';
import { requireActive } from '../people/require-active.ts';
import { lockAccounts, writeName } from './store.ts';

/** Renames an account of this owner. @throws Problem not_found, also for an account of another member */
export async function renameAccount(
  deps: Deps,
  owner: Actor,
  accountId: string,
  name: string,
): Promise<void> {
  await transaction(deps.db, async (trx) => {
    await requireActive(trx, owner);
    const locked = await queryOnce(trx, lockAccounts([accountId]));
    const account = locked.get(accountId);
    if (account === undefined || account.ownerId !== owner.id) throw problems.not_found();
    await queryOnce(trx, writeName(accountId, name));
  });
}
