import { z } from 'zod';
import { BankDate, Id, Time } from '../fields.ts';
import { PAYEE_CHECK_RESULTS } from '../lists/operations.ts';
import { FREQUENCIES, PAYMENT_RESULTS, STANDING_ORDER_STATUSES } from '../lists/standing-orders.ts';

/** The dates of a standing order: the first, how often from there, and the last on which it may pay. */
export const OrderTermsView = z.object({
  every: z.enum(FREQUENCIES),
  first_on: BankDate,
  last_on: BankDate.nullable(),
  /** The standing order that ends when this one begins. */
  replaces_id: Id.nullable(),
});
export type OrderTerms = z.output<typeof OrderTermsView>;

/** A standing order; its id is that of the operation by which it was requested. The amount is that of each payment, in minor units. */
export const StandingOrderView = OrderTermsView.extend({
  id: Id,
  status: z.enum(STANDING_ORDER_STATUSES),
  from_account_id: Id,
  to_account_id: Id.nullable(),
  to: z.object({ name: z.string().nullable(), iban: z.string() }).nullable(),
  payee_check: z.enum(PAYEE_CHECK_RESULTS).nullable(),
  amount: z.int(),
  currency: z.string(),
  reference: z.string().nullable(),
  requester: z.object({ id: Id, username: z.string() }),
  /** The next dates, at most five: none while it's paused or suspended, or once it has ended. */
  next_dates: z.array(BankDate),
  /** For each of them, the day on which the money moves: what leaves the bank waits for a business day. */
  next_execution_dates: z.array(BankDate),
  /** What became of the last payment that was due; null before the first one. */
  last_result: z.enum(PAYMENT_RESULTS).nullable(),
  /** That payment, which is an operation of its own. */
  last_operation_id: Id.nullable(),
  /** Why it's suspended. */
  refusal: z.object({ code: z.string(), title: z.string() }).nullable(),
  created_at: Time,
}).meta({ id: 'StandingOrder' });
export type StandingOrder = z.output<typeof StandingOrderView>;
