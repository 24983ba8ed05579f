import { query, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { toJsonMinor } from '@guichet/money';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { type AccountWithOwner, lockAccounts, writeSettings } from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import { actorOf, deedLogged } from '../journal.ts';
import { requireActive } from '../people/require-active.ts';
import { overdraftNeedsSecondAgent, refuseOverdraft } from './rules.ts';

/**
 * Sets how far an account may go below zero, if one agent may do so alone.
 * @returns the changed account; null if another agent must agree
 * @throws Problem not_found, account_not_open, overdraft_in_use
 */
export async function changeOverdraft(
  trx: Transaction,
  bank: Bank,
  agent: Caller,
  { accountId, amountMinor }: { accountId: string; amountMinor: bigint },
  correlationId: string,
): Promise<AccountWithOwner | null> {
  await requireActive(trx, actorOf(agent));
  const [locked] = await query(trx, lockAccounts([accountId]));
  const account = locked.get(accountId);
  if (account === undefined) throw problems.not_found();
  const refusal = refuseOverdraft(account, amountMinor);
  if (refusal !== null) throw refusal;
  if (overdraftNeedsSecondAgent(account, amountMinor, bank.rules.secondAgentAboveMinor)) return null;
  const changed = { ...account, overdraftMinor: amountMinor };
  await query(trx, writeSettings(changed));
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
        to: toJsonMinor(amountMinor),
        currency: account.currency,
      },
      now: bank.clock(),
    }),
  ]);
  return changed;
}
