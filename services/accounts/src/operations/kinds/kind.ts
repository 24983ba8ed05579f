import type { OrderDates } from '@guichet/calendar';
import type { AccountType, OperationKind, OperationStep } from '@guichet/contract';
import type { LogActionOf, LogActionOn } from '@guichet/contract/events';
import type { Problem } from '@guichet/errors';
import type { Account } from '../../accounts/account.ts';
import type { AccountWithOwner, Payee } from '../../accounts/store.ts';
import type { BankRules } from '../../deps.ts';
import type { Posting } from '../../ledger/post-transfer.ts';
import type { LedgerTransfer, PostedTransfer } from '../../ledger/store.ts';
import type { FilePlan } from '../../payment-files/plan-file.ts';
import type { LockedItem, ReceivedFile } from '../../payment-files/received-file.ts';
import type { PlannedLine } from '../../products/interest-run.ts';
import type { Limits, Operation } from '../operation.ts';
import type { StandingOrder } from '../standing-order.ts';
import type { OperationActions } from './actions.ts';

/** Everything that the request path and the decision path need to know about a kind of operation. */
export type KindDefinition<Input extends AnyInput = AnyInput> =
  | MoneyKind<Input>
  | AccountKind<Input>
  | OrderKind<Input>
  | RunKind<Input>;

interface AnyInput {
  kind: OperationKind;
}

interface CommonKind<Input extends AnyInput> {
  /** The beginning of its sentences in the audit log. */
  title: string;
  /** The audit log's action for each event of its life. */
  actions: OperationActions;
  /** The mail that its requester gets when it ends. */
  mail: 'operation_decided';
  /** The role that may request it. */
  requestedBy: 'member' | 'agent';
  /** The content of a request, from the body of its route. */
  read(body: unknown): Input;
  /** Refuses an input that is invalid whatever the state of the accounts. @param today the bank's day, as `2026-10-31` */
  refuseInput?(input: Input, today: string): Problem | null;
  /** By which a file and its payments are known if they come again. */
  digests?(input: Input): readonly Buffer[];
  /** Whether posting it posts the payments of a file. */
  postsFile?: boolean;
  /** Whether posting it posts a payment of a file that was taken for a duplicate. */
  acceptsDuplicate?: boolean;
  /** Whether the name and IBAN that it has are those of the payer, at another bank. */
  namesPayer?: boolean;
  /** The transfer that it names; its operation is locked. */
  namedTransfer?(input: Input): string;
  /** What must be read before it is evaluated, besides the accounts of `holdsOn` and `waitsAloneFor`. */
  reads(input: Input): Reads;
  /** Whether the money leaves the bank: then the account's limits apply, and the requester's second factor. */
  leavesBank: boolean;
  /** The payment that a passkey must have confirmed; its currency is the account's. Null if it does not leave the bank. */
  confirmed?(input: Input): ConfirmedPayment | null;
  /** The account for which only one request of this kind may wait; it is locked, so that two tabs can’t both be accepted. */
  waitsAloneFor?(input: Input): string;
  /** The field that names the account that pays or changes; for a deposit, the one that receives. It is stored in one column. */
  accountField: 'accountId' | 'fromAccountId';
  /** The account on which its amount is held while it waits, unless it has a date; this account is locked. */
  holdsOn(input: Input, transfers: ReadonlyMap<string, LedgerTransfer>): string | null;
  /** The fields of the operation that depend on the kind; or the refusal if the input names something that the requester cannot use. */
  draft(input: Input, facts: RequestFacts): Draft | Problem;
  /** The reason to refuse it in the current state of the bank, or null. Called at the request and again before posting. */
  refuse(operation: Operation, facts: Facts): Problem | null;
  /** How many agents must approve it. */
  approvals(operation: Operation, secondAgentAboveMinor: bigint): number;
}

/** A kind that is posted as a transfer in the ledger. */
export interface MoneyKind<Input extends AnyInput = AnyInput> extends CommonKind<Input> {
  movesMoney: true;
  /** Whether its amount is held, on the account of `accountField`, while it waits, unless it has a date. */
  takesHold: boolean;
  /** The two sides of its transfer. After `refuse` returned null, this must succeed. */
  posting(operation: Operation, facts: PostingFacts): Posting;
}

/** A kind that changes an account. */
export interface AccountKind<Input extends AnyInput = AnyInput> extends CommonKind<Input> {
  movesMoney: false;
  changes: 'account';
  leavesBank: false;
  /** Whether the account gets a new IBAN. */
  givesIban: boolean;
  /** Whether it requests limits, which are then stored with it. */
  setsLimits: boolean;
  /** The changes to the account. After `refuse` returned null, this must succeed. */
  change(operation: Operation, account: Account, now: Date): AccountChange;
  /** The changes to the account if the operation ends without being posted. */
  abandon?(step: OperationStep, now: Date): Partial<Account>;
  /** Present if one agent may make the change directly, without a request. */
  direct?: DirectChange;
}

/** A kind that begins a standing order, whose payments are operations of their own. */
export interface OrderKind<Input extends AnyInput = AnyInput> extends CommonKind<Input> {
  movesMoney: false;
  changes: 'order';
}

/** A kind that posts many operations once it's approved, and no transfer of its own. */
export interface RunKind<Input extends AnyInput = AnyInput> extends CommonKind<Input> {
  movesMoney: false;
  changes: 'run';
}

interface ConfirmedPayment {
  accountId: string;
  amountMinor: bigint;
  /** The IBAN that gets the money. Null for cash, which is confirmed with the IBAN of the account itself. */
  toIban: string | null;
}

interface DirectChange {
  /** Whether another agent must agree, so that the change has to be requested. */
  needsSecondAgent(operation: Operation, account: Account, rules: BankRules): boolean;
  /** The audit log's action, whose subject is the account. */
  action: LogActionOf<'accounts'> & LogActionOn<'account'>;
  /** The sentence in the audit log. */
  sentence: string;
}

interface Reads {
  accounts?: readonly string[];
  /** Payees; only the bank's own IBANs are looked up. */
  ibans?: readonly string[];
  orders?: readonly string[];
  /** Payments of files; they are locked. */
  items?: readonly string[];
  products?: readonly string[];
  /** What an interest run of a month would have; no other one can be requested meanwhile. */
  interest?: readonly { month: string; currency: string }[];
}

/** `scheduling`: a transfer with a date is approved; `posting` is on its day. */
export type Moment = 'request' | 'scheduling' | 'posting';

/** The facts by which a kind decides: accounts, and transfers that are named. Locked accounts change during a batch. */
export interface Facts {
  moment: Moment;
  account(id: string | null): AccountWithOwner | undefined;
  order(id: string | null): StandingOrder | undefined;
  /** Whether a reversal of the transfer is posted; at a request, also whether one is pending. */
  isReversed(transferId: string | null): boolean;
  /** Whether the transfer is in a batch for another bank, or came back from there. */
  isSent(transferId: string | null): boolean;
  /** Whether another request of this kind waits for the account; known only at the request, and for kinds with `waitsAloneFor`. */
  isRequested(accountId: string | null): boolean;
  /** Null after the request, because the amount was already counted at the request. */
  payout: PayoutFacts | null;
}

export interface RequestFacts extends Facts {
  moment: 'request';
  now: Date;
  newId(): string;
  /** Whether a file or payment with this digest, in hexadecimal, was received before. */
  isReceived(digest: string): boolean;
  item(id: string): LockedItem | undefined;
  requesterId: string;
  isOurIban(iban: string): boolean;
  payee(iban: string): Payee | undefined;
  productType(code: string): AccountType | undefined;
  /** The lines of an interest run that it reads, or why there can't be one. */
  plannedRun(month: string, currency: string): readonly PlannedLine[] | Problem;
  transfer(id: string): PostedTransfer | undefined;
  payout: PayoutFacts;
}

/** The facts of a decision. */
export interface PostingFacts extends Facts {
  moment: Exclude<Moment, 'request'>;
  transfer(id: string | null): PostedTransfer | undefined;
  /** The bank’s own account from which an operation takes a payment out of suspense. */
  resolvedFrom(operationId: string): string;
  payout: null;
}

/** The limits on the money that one user can send out of the bank. */
interface PayoutFacts {
  limits: Limits;
  requestedTodayMinor(accountId: string): bigint;
  /** The requester's sum since their last code, with this amount. */
  sentWithMinor(amountMinor: bigint): bigint;
  stepUpAboveMinor: bigint;
  secondFactor: SecondFactorState;
}

/** auth's answer about the requester's second factor, if a code was checked. */
export type SecondFactorState = 'unchecked' | 'not_enrolled' | 'verified';

type DraftFields =
  | 'amountMinor'
  | 'accountId'
  | 'fromAccountId'
  | 'toAccountId'
  | 'toName'
  | 'toIban'
  | 'reference'
  | 'executeOn'
  | 'reason'
  | 'reversesTransferId'
  | 'limits';

type Draft = Pick<Operation, 'currency'> &
  Partial<Pick<Operation, DraftFields>> & {
    /** The account that is created with the request. */
    opens?: Account;
    /** The file that is received with the request. */
    file?: Pick<ReceivedFile, 'messageId' | 'totalMinor' | 'delivery'> &
      Pick<FilePlan, 'digests'> & { payments: NonNullable<FilePlan['payments']> };
    /** The lines of the interest run that is requested. */
    run?: { month: string; lines: readonly PlannedLine[] };
    /** The payment that it takes out of suspense. */
    resolves?: string;
    /** The payment that it posts although it's a duplicate. */
    accepts?: Pick<LockedItem, 'id' | 'fileId'>;
    /** The dates of the standing order that is requested, and which one it replaces. */
    terms?: OrderDates & Pick<StandingOrder, 'replacesId'>;
  };

interface AccountChange {
  fields: Partial<Account>;
  /** The previous and the new value, for the audit log. */
  logged?: SettingChange;
}

export interface SettingChange {
  from: unknown;
  to: unknown;
}
