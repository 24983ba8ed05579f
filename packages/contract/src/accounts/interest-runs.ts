import { z } from 'zod';
import { Id } from '../fields.ts';
import { INTEREST_LINE_KINDS, INTEREST_LINE_STATUSES, INTEREST_RUN_STATES } from '../lists/products.ts';

/** The totals of an interest run, in minor units; they stay as they were requested. */
export const InterestRunView = z
  .object({
    month: z.string(),
    state: z.enum(INTEREST_RUN_STATES),
    count: z.int(),
    interest: z.int(),
    overdraft_interest: z.int(),
    fees: z.int(),
  })
  .meta({ id: 'InterestRun' });
export type InterestRun = z.output<typeof InterestRunView>;

/** A line of an interest run. Once it's posted, it's an operation with its id. */
export const InterestLineView = z
  .object({
    id: Id,
    account_id: Id,
    owner_name: z.string(),
    iban: z.string().nullable(),
    type: z.enum(INTEREST_LINE_KINDS),
    amount: z.int(),
    currency: z.string(),
    status: z.enum(INTEREST_LINE_STATUSES),
    /** Why it was skipped: what it was for stays owed, and the next run has it again. */
    reason: z.string().nullable(),
  })
  .meta({ id: 'InterestLine' });
export type InterestLine = z.output<typeof InterestLineView>;
