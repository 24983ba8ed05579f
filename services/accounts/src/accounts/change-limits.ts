import { ask, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { toJsonMinor } from '@guichet/money';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import { actorOf, deedLogged } from '../journal.ts';
import type { Limits } from '../operations/rules.ts';
import { requireActive } from '../people/require-active.ts';
import { lockAccounts, writeLimits } from './store.ts';

/** Sets the limits of an account; null is the bank's own. @throws Problem not_found, account_not_open */
export async function changeLimits(
  bank: Bank,
  agent: Caller,
  accountId: string,
  limits: Limits,
  correlationId: string,
): Promise<void> {
  const shown = (amountMinor: bigint | null) => (amountMinor === null ? null : toJsonMinor(amountMinor));
  await transaction(bank.db, async (trx) => {
    await requireActive(trx, actorOf(agent));
    const [locked] = await ask(trx, lockAccounts([accountId]));
    const account = locked.get(accountId);
    if (account === undefined) throw problems.not_found();
    if (account.status !== 'open') throw refuse.account_not_open();
    await writeLimits(trx, accountId, limits);
    await enqueue(trx, [
      deedLogged({
        action: 'LIMITS_CHANGED',
        actor: actorOf(agent),
        subject: { type: 'account', id: accountId },
        concerns: [account.ownerId],
        correlationId,
        message: 'The limits of an account were changed',
        data: {
          from: { operation: shown(account.limitOperationMinor), day: shown(account.limitDayMinor) },
          to: { operation: shown(limits.operationMinor), day: shown(limits.dayMinor) },
          currency: account.currency,
        },
        now: bank.clock(),
      }),
    ]);
  });
  bank.committed();
}
