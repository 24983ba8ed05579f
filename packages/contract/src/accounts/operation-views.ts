import { z } from 'zod';
import { BankDate, Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { DECISIONS, OPERATION_KINDS, OPERATION_STATUSES, PAYEE_CHECK_RESULTS } from '../lists/operations.ts';
import { listOf } from '../paging.ts';
import { plainText } from '../text.ts';
import { LimitsView } from './account-views.ts';
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
