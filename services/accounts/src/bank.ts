import type { Calendar } from '@guichet/calendar';
import type { Clock } from '@guichet/config';
import type { Database } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { SecondFactor } from './operations/second-factor.ts';

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
}
