import { z } from 'zod';
import { BankDate, Id, Time } from '../fields.ts';
import { BATCH_STATUSES, PAYMENT_STATUSES } from '../lists/payments.ts';

/** A batch of transfers to other banks; amounts in minor units. */
export const PaymentBatchView = z
  .object({
    id: Id,
    status: z.enum(BATCH_STATUSES),
    count: z.int(),
    total: z.int(),
    currency: z.string(),
    /** The day on which the other banks shall be paid: one on which T2 settles. */
    execute_on: BankDate,
    /** The agent who created it; null if the bank did at its cut-off. */
    created_by: z.object({ id: Id, username: z.string() }).nullable(),
    created_at: Time,
    sent_at: Time.nullable(),
    settled_at: Time.nullable(),
    transfers: z.array(
      z.object({
        operation_id: Id,
        status: z.enum(PAYMENT_STATUSES).exclude(['waiting']),
        amount: z.int(),
        to: z.object({ name: z.string().nullable(), iban: z.string() }),
      }),
    ),
  })
  .meta({ id: 'PaymentBatch' });
export type PaymentBatch = z.output<typeof PaymentBatchView>;
