import { z } from 'zod';

/** A mail that could not be sent, as the stream MAIL_DEAD_LETTERS keeps it: with its bytes, so that it can be put back as it was. */
export const DeadMail = z.object({
  mail_id: z.string(),
  subject: z.string().startsWith('mail.'),
  reason: z.string(),
  tries: z.int(),
  dead_since: z.string(),
  /** The message as it came, in base64. */
  payload: z.base64(),
});

export type DeadMail = z.output<typeof DeadMail>;
