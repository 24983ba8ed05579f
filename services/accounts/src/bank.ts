import type { Calendar } from '@guichet/calendar';
import type { Clock } from '@guichet/config';
import type { Database } from '@guichet/database';
import type { Log } from '@guichet/log';

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
 * Asks auth about a member's second factor before money leaves the bank; `not_enrolled` where the member has none, `missing` where one
 * has and `code` is null. A code is used up by this.
 * @throws Problem unavailable where auth does not answer, too_many_requests, unauthenticated where auth says the member is not active
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
  /** Told after each commit that put something into the outbox. */
  committed(): void;
  /** The idempotency keys on which this process is at work. */
  keysUnderWay: Set<string>;
}
