import { z } from 'zod';

/** A mail that was set aside, as the stream MAIL_ASIDE keeps it: with its bytes, so that it can be put back as it was. */
export const AsideMail = z.object({
  mail_id: z.string(),
  subject: z.string().startsWith('mail.'),
  reason: z.string(),
  tries: z.int(),
  set_aside_at: z.string(),
  /** The message as it came, in base64. */
  payload: z.base64(),
});

export type AsideMail = z.output<typeof AsideMail>;
