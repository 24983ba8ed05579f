import { z } from 'zod';
import { Time } from '../fields.ts';

/**
 * How the entries of an operation are proven to be those that were stored. `signed`: with every entry up to a checkpoint that the bank signed.
 * `linked`: with the entries before and after it; no checkpoint is close enough yet. `broken`: it was changed, or its neighbour was changed or removed.
 */
export const LOG_PROOFS = ['signed', 'linked', 'broken'] as const;
export type LogProof = (typeof LOG_PROOFS)[number];

/** The faults that a stretch of the log can have. `request_missing`: none of an operation's entries is about its request, or it has none at all. */
export const LOG_FAULTS = [
  'changed',
  'missing',
  'rewritten',
  'checkpoint_not_signed',
  'end_changed',
  'unreadable',
  'request_missing',
] as const;
export type LogFault = (typeof LOG_FAULTS)[number];

export const LogVerificationView = z
  .object({
    ok: z.boolean(),
    checked: z.int(),
    first_break: z.int().nullable().meta({ description: 'The sequence at which the chain breaks' }),
    reason: z.string().nullable(),
    head: z.object({ sequence: z.int(), hash: z.string() }),
    fault: z
      .enum(LOG_FAULTS)
      .nullable()
      .optional()
      .meta({ description: 'With `operation`: what is wrong at the first break' }),
    unread: z.int().optional().meta({
      description:
        'With `operation`: entries after its first one that were not read, because they are too many. If 0, none of its entries can be missing after its first',
    }),
    entries: z
      .array(
        z.object({
          id: z.string(),
          sequence: z.int(),
          time: Time,
          action: z.string(),
          hash: z.string(),
          proof: z.enum(LOG_PROOFS),
          signed_at: Time.nullable().meta({ description: 'When the checkpoint was signed' }),
        }),
      )
      .optional()
      .meta({ description: 'With `operation`: its entries, in the order of the chain' }),
    dropped: z.object({ month: z.string(), sequence: z.int(), hash: z.string() }).nullable().optional().meta({
      description:
        'Without `operation`: the newest month that was dropped after its export, and its last entry; the chain is verified from the entry after it',
    }),
  })
  .meta({ id: 'LogVerification' });
export type LogVerification = z.output<typeof LogVerificationView>;
