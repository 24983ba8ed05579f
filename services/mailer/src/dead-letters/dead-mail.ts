import { z } from 'zod';

/**
 * Why a mail is a dead letter. `refused` by the mail server; `no_address`: its recipient has none; `invalid`: not a mail of the bank's; `unopened`: sealed
 * with other keys; `too_old`: older than the records of sent mails; `uncertain`: it may or may not have been sent.
 */
const DEAD_MAIL_CAUSES = ['refused', 'no_address', 'invalid', 'unopened', 'too_old', 'uncertain'] as const;

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
