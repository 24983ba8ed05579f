import { query, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { type AccountWithOwner, lockAccounts, writeSettings } from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import { actorOf, deedLogged } from '../journal.ts';
import { requireActive } from '../people/require-active.ts';
import { type Limits, limitsNeedSecondAgent } from './rules.ts';
import { viewLimits } from './views.ts';

/**
 * Sets the limits of an account if one agent may do so alone; null means the bank's limit.
 * @returns the changed account; null if another agent must agree
 * @throws Problem not_found, account_not_open
 */
export async function changeLimits(
  trx: Transaction,
  bank: Bank,
  agent: Caller,
  { accountId, limits }: { accountId: string; limits: Limits },
  correlationId: string,
): Promise<AccountWithOwner | null> {
  const { secondAgentAboveMinor, limitOperationMinor, limitDayMinor } = bank.rules;
  const banks = { operationMinor: limitOperationMinor, dayMinor: limitDayMinor };
  await requireActive(trx, actorOf(agent));
  const [locked] = await query(trx, lockAccounts([accountId]));
  const account = locked.get(accountId);
  if (account === undefined) throw problems.not_found();
  if (account.status !== 'open') throw refuse.account_not_open();
  if (limitsNeedSecondAgent(account, limits, banks, secondAgentAboveMinor)) return null;
  const before = { operationMinor: account.limitOperationMinor, dayMinor: account.limitDayMinor };
  const changed = {
    ...account,
    limitOperationMinor: limits.operationMinor,
    limitDayMinor: limits.dayMinor,
  };
  await query(trx, writeSettings(changed));
  await enqueue(trx, [
    deedLogged({
      action: 'LIMITS_CHANGED',
      actor: actorOf(agent),
      subject: { type: 'account', id: accountId },
      concerns: [account.ownerId],
      correlationId,
      message: 'The limits of an account were changed',
      data: { from: viewLimits(before), to: viewLimits(limits), currency: account.currency },
      now: bank.clock(),
    }),
  ]);
  return changed;
}
