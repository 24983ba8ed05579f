import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { PAYEE_CHECK_RESULTS } from '../lists/operations.ts';
import { OperationView } from './operation-views.ts';

/** Which of the waiting operations: those that the agent can decide, or those that they approved or requested, for another agent. */
export const INBOX_TABS = ['mine', 'second_agent'] as const;
export type InboxTab = (typeof INBOX_TABS)[number];

export const INBOX_ORDERS = ['oldest', 'newest', 'largest'] as const;

/** Why one agent is not enough. `kind`: an agent requested it, so another one decides. */
export const SECOND_AGENT_REASONS = ['above_threshold', 'approvals_today', 'kind'] as const;

const SumView = z.object({ currency: z.string(), amount: z.int() });

/** What an agent needs to know for a decision, at the moment of the question; amounts in minor units. */
export const ReviewFactsView = z
  .object({
    operation_id: Id,
    /** Whether the calling agent can decide it now. */
    can_decide: z.boolean(),
    /** Whose account it is; the verified name is null until an agent verified one. */
    customer: z.object({ id: Id, username: z.string(), verified_name: z.string().nullable() }),
    /** The account whose money moves, or that changes. */
    account: z
      .object({
        id: Id,
        name: z.string(),
        currency: z.string(),
        opened_at: Time.nullable(),
        /** What is available without the operation, and once it is posted; null once it no longer waits. */
        available_before: z.int().nullable(),
        available_after: z.int().nullable(),
      })
      .nullable(),
    /** Which of the customer's own accounts an internal transfer pays into. */
    receiving_account: z.object({ id: Id, name: z.string() }).nullable(),
    /** The payee of an external transfer. */
    payee: z
      .object({
        /** The holder's verified name; null at another bank, or where none is verified. */
        verified_name: z.string().nullable(),
        is_ours: z.boolean(),
        /** Whether no transfer of this customer to this IBAN was posted before. */
        is_first_payment: z.boolean(),
        check: z.enum(PAYEE_CHECK_RESULTS).nullable(),
      })
      .nullable(),
    /** The customer's other requests of the bank's day that wait or are posted. */
    others_today: z.object({ count: z.int(), sums: z.array(SumView) }),
    /** Null where one agent is enough. */
    second_agent: z
      .object({
        reason: z.enum(SECOND_AGENT_REASONS),
        threshold: z.int(),
        /** What the calling agent approved alone today, for one of the accounts. */
        approved_today: z.int(),
      })
      .nullable(),
  })
  .meta({ id: 'ReviewFacts' });
export type ReviewFacts = z.output<typeof ReviewFactsView>;

/** A page of the inbox, with the number and the sums of all operations that match the filters. */
export const InboxView = z.object({
  items: z.array(z.object({ operation: OperationView, facts: ReviewFactsView })),
  next: z.string().nullable(),
  total: z.int(),
  sums: z.array(SumView),
});
export type Inbox = z.output<typeof InboxView>;

export const InboxCountsView = z.object({ mine: z.int(), second_agent: z.int() });
export type InboxCounts = z.output<typeof InboxCountsView>;
