import { z } from 'zod';

export const LogVerificationView = z
  .object({
    ok: z.boolean(),
    checked: z.int(),
    first_break: z.int().nullable().meta({ description: 'The sequence at which the chain breaks' }),
    reason: z.string().nullable(),
    head: z.object({ sequence: z.int(), hash: z.string() }),
  })
  .meta({ id: 'LogVerification' });
export type LogVerification = z.output<typeof LogVerificationView>;
