import type { Calendar } from '@guichet/calendar';
import type { Database } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';

/** What this bank has settled for itself. Amounts in minor units. */
export interface BankRules {
  name: string;
  bankCode: string;
  branchCode: string;
  bic: string;
  secondAgentAboveMinor: bigint;
  stepUpAboveMinor: bigint;
  limitOperationMinor: bigint | null;
  limitDayMinor: bigint | null;
  operationTtlHours: number;
  calendar: Calendar;
  /** A number for a new account, below 10^11. */
  drawNumber(): number;
}

/**
 * Asks auth about a member's second factor before money leaves the bank: `not_enrolled` if the member has none, `missing` if they have one
 * and `code` is null. This uses up the code.
 * @throws Problem unavailable if auth does not answer, too_many_requests, unauthenticated if the member is not active
 */
export type SecondFactor = (
  userId: string,
  code: string | null,
  correlationId: string,
) => Promise<'not_enrolled' | 'right' | 'wrong' | 'missing'>;

/** What every use case of the service works with. */
export interface Bank {
  db: Database;
  clock: Clock;
  log: Log;
  rules: BankRules;
  /** Asks auth whether a member's second factor is needed, and right. */
  secondFactor: SecondFactor;
  /** Called after each commit that put something into the outbox. */
  committed(): void;
  /** The idempotency keys of the requests that run in this process. */
  inFlightKeys: Set<string>;
}
