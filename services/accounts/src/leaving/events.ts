import { newId } from '@guichet/database';
import { logMessage, type OutboxMessage } from '@guichet/events';
import type { Account } from '../accounts/account.ts';

/** The log entries of accounts that close because their owner leaves. */
export function accountsClosedLogged(
  ownerId: string,
  accounts: readonly Account[],
  correlationId: string,
  now: Date,
): OutboxMessage[] {
  return accounts.map((account) =>
    logMessage({
      id: newId(now),
      time: now.toISOString(),
      service: 'accounts',
      actor: null,
      action: 'ACCOUNT_CLOSED',
      level: 'INFO',
      subject: { type: 'account', id: account.id },
      operation_id: null,
      concerns: [ownerId],
      correlation_id: correlationId,
      message: 'An empty account was closed because its owner left the bank',
      data: { account_id: account.id },
    }),
  );
}
