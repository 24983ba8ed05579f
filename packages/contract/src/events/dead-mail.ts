/**
 * Why a mail is a dead letter. `refused` by the mail server; `no_address`: its recipient has none; `invalid`: not a mail of the bank's; `unopened`: sealed
 * with other keys; `too_old`: older than the records of sent mails; `uncertain`: it may or may not have been sent.
 */
export const DEAD_MAIL_CAUSES = [
  'refused',
  'no_address',
  'invalid',
  'unopened',
  'too_old',
  'uncertain',
] as const;
export type DeadMailCause = (typeof DEAD_MAIL_CAUSES)[number];
