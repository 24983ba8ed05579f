import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { INCOMING_STATUSES, SUSPENSE_REASONS } from '../lists/incoming.ts';

/** A payment of a file from another bank; amounts in minor units. */
export const IncomingItemView = z
  .object({
    id: Id,
    /** The operation that the file was received as. */
    operation_id: Id,
    end_to_end_id: z.string(),
    amount: z.int(),
    currency: z.string(),
    debtor: z.object({ name: z.string().nullable(), iban: z.string().nullable() }),
    creditor_iban: z.string().nullable(),
    reference: z.string().nullable(),
    status: z.enum(INCOMING_STATUSES),
    /** The account that was credited. */
    account_id: Id.nullable(),
    reason: z.enum(SUSPENSE_REASONS).nullable(),
    /** The operation that assigns it to an account or returns it, also while that waits for another agent. */
    resolution_id: Id.nullable(),
    /** The operation that posts it although it's a duplicate, also while that waits for another agent. */
    acceptance_id: Id.nullable(),
    created_at: Time,
  })
  .meta({ id: 'IncomingItem' });
export type IncomingItem = z.output<typeof IncomingItemView>;
