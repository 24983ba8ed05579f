import { transaction } from '@guichet/database';
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
    const account = (await lockAccounts(trx, [accountId])).get(accountId);
    if (account === undefined || account.ownerId !== ownerId) throw problems.not_found();
    await writeName(trx, accountId, name);
  });
}
