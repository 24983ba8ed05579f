import { ask, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { toJsonMinor } from '@guichet/money';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import type { Bank } from '../bank.ts';
import { actorOf, deedLogged } from '../journal.ts';
import { overdraftNeedsSecondAgent, refuseOverdraft } from '../operations/rules.ts';
import { requireActive } from '../people/require-active.ts';
import { lockAccounts, writeSettings } from './store.ts';

/**
 * Sets how far an account may go below zero, where one agent may.
 * @returns whether it did; if not, another agent must agree
 * @throws Problem not_found, account_not_open, overdraft_in_use
 */
export async function changeOverdraft(
  bank: Bank,
  agent: Caller,
  accountId: string,
  overdraftMinor: bigint,
  correlationId: string,
): Promise<boolean> {
  const isChanged = await transaction(bank.db, async (trx) => {
    await requireActive(trx, actorOf(agent));
    const [locked] = await ask(trx, lockAccounts([accountId]));
    const account = locked.get(accountId);
    if (account === undefined) throw problems.not_found();
    const refusal = refuseOverdraft(account, overdraftMinor);
    if (refusal !== null) throw refusal;
    if (overdraftNeedsSecondAgent(account, overdraftMinor, bank.rules.secondAgentAboveMinor)) return false;
    await ask(trx, writeSettings({ ...account, overdraftMinor }));
    await enqueue(trx, [
      deedLogged({
        action: 'OVERDRAFT_CHANGED',
        actor: actorOf(agent),
        subject: { type: 'account', id: accountId },
        concerns: [account.ownerId],
        correlationId,
        message: 'The overdraft of an account was changed',
        data: {
          from: toJsonMinor(account.overdraftMinor),
          to: toJsonMinor(overdraftMinor),
          currency: account.currency,
        },
        now: bank.clock(),
      }),
    ]);
    return true;
  });
  bank.committed();
  return isChanged;
}
