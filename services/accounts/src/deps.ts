import type { Calendar } from '@guichet/calendar';
import type { AccountsState } from '@guichet/contract';
import type { Database, ReadOnlyDatabase } from '@guichet/database';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import type { Vault } from '@guichet/vault';
import type { Sending } from './webhooks/send-message.ts';

/** The bank's own rules, from its settings. Amounts in minor units. */
export interface BankRules {
  name: string;
  bankCode: string;
  branchCode: string;
  bic: string;
  /** The bank's own account, from which other banks are paid. */
  settlementIban: string;
  secondAgentAboveMinor: bigint;
  stepUpAboveMinor: bigint;
  limitOperationMinor: bigint | null;
  limitDayMinor: bigint | null;
  operationTtlHours: number;
  /** The time of day from which what is due on that day is executed, as `06:00`. */
  ordersAt: string;
  /** The cut-off of transfers to other banks, as `16:00`; null: only agents create batches. */
  batchesAt: string | null;
  calendar: Calendar;
  /** Generates a number for a new account, below 10^11. */
  drawNumber(): number;
}

/** What a client sent to prove that the member agrees: a code, or a passkey's confirmation of the payment that will be requested. */
export type Proof =
  | { code: string }
  | { stepUp: { value: string; amountMinor: bigint; currency: string; iban: string } };

/**
 * Checks a member's second factor with auth before money leaves the bank: `not_enrolled` if the member has none, `missing` if they have one
 * and `proof` is null. Each code or confirmation is accepted once.
 * @throws Problem unavailable if auth does not answer, too_many_requests, unauthenticated if the member is not active
 */
export type SecondFactor = (
  userId: string,
  proof: Proof | null,
  correlationId: string,
) => Promise<'not_enrolled' | 'right' | 'wrong' | 'missing'>;

/** What the use cases of this service depend on. */
export interface Deps {
  db: Database;
  /** For lists and histories, which decide nothing. */
  reads: ReadOnlyDatabase;
  clock: Clock;
  log: Log;
  rules: BankRules;
  secondFactor: SecondFactor;
  /** Counts a request that compares the payee's name with the holder's. Returns whether its requester may see the result. */
  countComparison(userId: string, now: Date): boolean;
  /** The state of this service's set-up, for the superuser. */
  describeSetup(): Promise<AccountsState>;
  /** Seals the secrets of webhooks. */
  vault: Vault;
  /** How and where the messages of webhooks are sent. */
  webhooks: Sending;
  /** Called after each commit that wrote to the outbox. */
  committed(): void;
  /** The idempotency keys of the requests that this process is handling. */
  inFlightKeys: Set<string>;
}
