import { ask, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Bank } from '../bank.ts';
import { lockAccounts, writeName } from './store.ts';

/** Gives an owner's account another name. @throws Problem not_found, also for another's */
export async function renameAccount(
  bank: Bank,
  ownerId: string,
  accountId: string,
  name: string,
): Promise<void> {
  await transaction(bank.db, async (trx) => {
    const [locked] = await ask(trx, lockAccounts([accountId]));
    const account = locked.get(accountId);
    if (account === undefined || account.ownerId !== ownerId) throw problems.not_found();
    await writeName(trx, accountId, name);
  });
}
