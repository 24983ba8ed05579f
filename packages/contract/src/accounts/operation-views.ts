import { z } from 'zod';
import { BankDate, Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { DECISIONS, OPERATION_KINDS, OPERATION_STATUSES, PAYEE_CHECK_RESULTS } from '../lists/operations.ts';
import { PAYMENT_STATUSES } from '../lists/payments.ts';
import { listOf } from '../paging.ts';
import { plainText } from '../text.ts';
import { LimitsView } from './account-views.ts';
import { InterestRunView } from './interest-runs.ts';
import { OrderTermsView } from './standing-orders.ts';

const UserRef = z.object({ id: Id, username: z.string() });
const RefusalView = z.object({ code: z.string(), title: z.string() });

export const DecisionView = z.object({
  /** The agent; accounts does not know the username of one who is missing in its copy of the users, and repeats the id. */
  by: UserRef,
  decision: z.enum(DECISIONS),
  reason: z.string().nullable(),
  at: Time,
});
export type Decision = z.output<typeof DecisionView>;

/** An operation as its requester and the agents see it; amounts in minor units. */
export const OperationView = z
  .object({
    id: Id,
    type: z.enum(OPERATION_KINDS),
    status: z.enum(OPERATION_STATUSES),
    amount: z.int().nullable(),
    currency: z.string(),
    account_id: Id.nullable(),
    from_account_id: Id.nullable(),
    to_account_id: Id.nullable(),
    to: z.object({ name: z.string().nullable(), iban: z.string() }).nullable(),
    /** The payer at another bank. */
    from: z.object({ name: z.string().nullable(), iban: z.string().nullable() }).nullable(),
    /** How the payee's name compared with the holder's when the transfer was requested. */
    payee_check: z.enum(PAYEE_CHECK_RESULTS).nullable(),
    reference: z.string().nullable(),
    reason: z.string().nullable(),
    /** The limits that the operation requests. */
    limits: LimitsView.nullable(),
    /** The day on which the requester wants a transfer to be executed. */
    execute_on: BankDate.nullable(),
    /** For an approved transfer that waits for its day: the day on which it's tried next. */
    due_on: BankDate.nullable(),
    /** The standing order of which this is a payment. */
    standing_order_id: Id.nullable(),
    /** The dates of the standing order that it requests. */
    terms: OrderTermsView.nullable(),
    /** The file that it posts, if it's one from another bank: all its payments, and their total in minor units. */
    file: z.object({ message_id: z.string(), count: z.int(), total: z.int() }).nullable(),
    /** The operation that the file was received as of which this is a payment, or of which it accepts a duplicate. */
    file_operation_id: Id.nullable(),
    /** For a posted transfer in euros to another bank: how far it is on its way there. */
    payment_status: z.enum(PAYMENT_STATUSES).nullable(),
    /** The batch in which it is sent there; only agents see it. */
    batch_id: Id.nullable(),
    /** When it was put into the batch, and when this was marked as sent and as settled. If it's returned, that is `reversed_at`. */
    batched_at: Time.nullable(),
    sent_at: Time.nullable(),
    settled_at: Time.nullable(),
    /** What an interest run pays and takes. */
    interest_run: InterestRunView.nullable(),
    /** The interest run that posted it. */
    interest_run_id: Id.nullable(),
    /** The user who requested it, or `THE_BANK`. */
    requester: UserRef,
    required_approvals: z.int(),
    decisions: z.array(DecisionView),
    transfer_id: Id.nullable(),
    reverses_transfer_id: Id.nullable(),
    reversed_by_transfer_id: Id.nullable(),
    reversed_at: Time.nullable(),
    refusal: RefusalView.nullable(),
    created_at: Time,
    expires_at: Time,
    decided_at: Time.nullable(),
  })
  .meta({ id: 'Operation' });
export type Operation = z.output<typeof OperationView>;

/**
 * A page of operations. `searched_from` is set if only the newest operations were searched for the text: the time of the oldest of them. Those of
 * users and accounts that the text names are found whatever their age.
 */
export const OperationList = listOf(OperationView).extend({ searched_from: Time.nullable() });

export const Rejection = z.strictObject({ reason: plainText(LENGTHS.reason) });
export type Rejection = z.input<typeof Rejection>;

/** The body of POST /api/operations/decisions. */
export const BulkDecision = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id: Id,
        decision: z.enum(DECISIONS),
        reason: plainText(LENGTHS.reason).nullish(),
      }),
    )
    .min(1)
    .max(1_000),
});
export type BulkDecision = z.input<typeof BulkDecision>;

/** The outcome of each decision, in the order of the request. */
export const BulkDecisionView = z.object({
  items: z.array(
    z.object({
      id: Id,
      status: z.enum(OPERATION_STATUSES).nullable(),
      error: RefusalView.nullable(),
    }),
  ),
});
export type DecisionOutcome = z.output<typeof BulkDecisionView>['items'][number];
