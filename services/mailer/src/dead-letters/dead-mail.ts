import { DEAD_MAIL_CAUSES } from '@guichet/contract/events';
import { z } from 'zod';

/** A mail that could not be sent, as the stream MAIL_DEAD_LETTERS keeps it: with its bytes, so that it can be put back unchanged. */
export const DeadMail = z.object({
  mail_id: z.string(),
  subject: z.string().startsWith('mail.'),
  cause: z.enum(DEAD_MAIL_CAUSES),
  reason: z.string(),
  tries: z.int(),
  dead_since: z.string(),
  /** The message in base64; still sealed if it could not be opened. */
  payload: z.base64(),
  message_id: z.string(),
});

export type DeadMail = z.output<typeof DeadMail>;
