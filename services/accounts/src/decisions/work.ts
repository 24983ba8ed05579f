import type { Actor } from '@guichet/events';
import type { Account } from '../accounts/account.ts';
import type { AccountWithOwner } from '../accounts/store.ts';
import type { DaySum } from '../day-sum.ts';
import type { IdempotencyKey } from '../idempotency/answer.ts';
import type { Entry, LedgerTransfer, PostedTransfer } from '../ledger/store.ts';
import type { SettingChange } from '../operations/events.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import type { Person } from '../people/store.ts';
import type { Verdict } from './rules.ts';

/** A verdict on one operation, whose it is (null: time's), and how its answer is found again. */
export interface Ruling {
  operationId: string;
  verdict: Verdict;
  by: Actor | null;
  reason: string | null;
  correlationId: string | null;
  idempotency: IdempotencyKey | null;
}

/** Everything that one batch works on; what is locked is this transaction's alone, and changes as it goes. */
export interface Work {
  operations: ReadonlyMap<string, Operation>;
  /** The agents who decide, in the state that auth last published. */
  people: ReadonlyMap<string, Person>;
  decisions: Map<string, Decision[]>;
  accounts: ReadonlyMap<string, AccountWithOwner>;
  reversed: ReadonlyMap<string, PostedTransfer>;
  alreadyReversed: Set<string>;
  /** One for each account that may be given another. */
  newIbans: string[];
  /** The sum that each agent alone approved today for each account, by `soleKey`, and the sums that changed. */
  sole: ReadonlyMap<string, DaySum>;
  newlySole: Map<string, DaySum>;
  today: Date;
  secondAgentAboveMinor: bigint;
  now: Date;
  // What is to be written.
  changed: Set<Operation>;
  moved: Set<Account>;
  lifecycles: { account: Account; newIban: string | null; retiredIban: string | null }[];
  /** Accounts whose overdraft or limits were set, with their previous values. */
  settings: Map<Operation, { account: Account; change: SettingChange }>;
  newDecisions: Decision[];
  transfers: LedgerTransfer[];
  entries: Entry[];
}
