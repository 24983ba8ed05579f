import type { Actor } from '@guichet/contract/events';
import type { Trace } from '@guichet/tracing';
import type { Account } from '../accounts/account.ts';
import type { AccountWithOwner } from '../accounts/store.ts';
import type { DaySum } from '../day-sum.ts';
import type { Idempotency } from '../idempotency/outcome.ts';
import type { Entry, LedgerTransfer, PostedTransfer } from '../ledger/store.ts';
import type { DueOperation } from '../operations/due-store.ts';
import type { SettingChange } from '../operations/kinds/kind.ts';
import type { Decision, Operation, OperationState } from '../operations/operation.ts';
import type { OrderHappening } from '../operations/order-events.ts';
import type { OutgoingTransfer } from '../operations/outgoing-store.ts';
import type { StandingOrder } from '../operations/standing-order.ts';
import type { ReceivedFile } from '../payment-files/received-file.ts';
import type { Person } from '../people/store.ts';
import type { InterestRun } from '../products/interest-run.ts';
import type { DecisionAction } from './rules.ts';

/** A decision to make on one operation, the actor (null: its time is over, or its day has come), and how the outcome is stored. */
export interface DecisionCommand {
  operationId: string;
  action: DecisionAction;
  by: Actor | null;
  reason: string | null;
  correlationId: string | null;
  /** Where its events belong; its batch may have commands of several traces. */
  trace?: Trace | null;
  idempotency: Idempotency<OperationState> | null;
}

/** Everything that one batch works on. Locked rows belong to this transaction alone and change during the batch. */
export interface BatchState {
  operations: ReadonlyMap<string, Operation>;
  /** The agents who decide, as auth last published them. */
  people: ReadonlyMap<string, Person>;
  decisions: Map<string, Decision[]>;
  /** The scheduled ones among them. */
  due: Map<string, DueOperation>;
  /** The standing orders that are decided or replaced, and those of payments. */
  orders: ReadonlyMap<string, StandingOrder>;
  /** The operations that requested the standing orders that are replaced. */
  replaced: ReadonlyMap<string, Operation>;
  /** The last payments of the standing orders that are replaced. */
  lastPayments: ReadonlyMap<string, Operation>;
  /** The standing order of each payment. */
  orderOfPayment: ReadonlyMap<string, string>;
  /** Those of the customers of standing orders who are active. */
  activeCustomers: ReadonlySet<string>;
  accounts: ReadonlyMap<string, AccountWithOwner>;
  reversed: ReadonlyMap<string, PostedTransfer>;
  alreadyReversed: Set<string>;
  /** The bank’s own account from which each operation takes a payment out of suspense. */
  resolvedFrom: ReadonlyMap<string, string>;
  /** The files that operations post. */
  files: ReadonlyMap<string, ReceivedFile>;
  /** The file of the duplicate that each operation accepts. */
  fileOfAcceptance: ReadonlyMap<string, string>;
  /** The transfers to other banks among those that are reversed. */
  outgoing: ReadonlyMap<string, OutgoingTransfer>;
  /** The interest runs that operations request. */
  runs: ReadonlyMap<string, InterestRun>;
  /** One for each account that may get a new IBAN. */
  newIbans: string[];
  /** The sum that each agent alone approved today for each account, by `soleKey`, and the sums that changed. */
  sole: ReadonlyMap<string, DaySum>;
  newlySole: Map<string, DaySum>;
  today: Date;
  /** The bank's day, as `2026-10-31`. */
  date: string;
  secondAgentAboveMinor: bigint;
  now: Date;
  // The changes to write.
  changedOperations: Set<Operation>;
  newlyDue: DueOperation[];
  noLongerDue: string[];
  changedOrders: Set<StandingOrder>;
  /** What happened to standing orders besides the decisions on them, by the operation that was decided. */
  orderEvents: Map<Operation, OrderHappening[]>;
  /** Accounts whose balance or held sum changed. */
  movedAccounts: Set<Account>;
  /** Accounts with other changes. */
  changedAccounts: Set<Account>;
  newRibs: { iban: string; accountId: string }[];
  retiredIbans: string[];
  /** The previous and the new value of each setting that was changed. */
  settings: Map<Operation, SettingChange>;
  newDecisions: Decision[];
  transfers: LedgerTransfer[];
  /** Transfers that now wait for a batch, and those that never will be in one. */
  newlyOutgoing: Pick<OutgoingTransfer, 'operationId' | 'currency'>[];
  changedOutgoing: OutgoingTransfer[];
  entries: Entry[];
}
