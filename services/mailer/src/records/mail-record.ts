import { z } from 'zod';

/**
 * How far a mail came. `claimed`: a process may be handing it to the mail server; `sent`: the server accepted it; `released`: it was certainly
 * not sent, and may be tried again; `uncertain`: it may or may not have been sent, because its process or its connection was lost in between.
 */
const MailState = z.enum(['claimed', 'sent', 'released', 'uncertain']);

/** The record of a mail in the stream MAIL_RECORDS, under its id. */
export const MailRecord = z.object({
  state: MailState,
  /** The attempt that it is about. */
  claim: z.string(),
  at: z.string(),
});
export type MailRecord = z.output<typeof MailRecord>;

/** A record with its sequence in the stream, after which the next one is written. */
export interface StoredRecord extends MailRecord {
  readonly sequence: number;
}
