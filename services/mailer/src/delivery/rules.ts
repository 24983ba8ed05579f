import { MAIL_RECORDS_DAYS, type ReceivedMailEvent } from '@guichet/contract/events';

const DAY_MS = 24 * 60 * 60_000;

/**
 * What a failed attempt means: `unavailable`, the mail server cannot be reached or rejects the mailer itself, so the mail is not at
 * fault; `later`, it rejected this mail temporarily; `never`, it rejected it permanently; `uncertain`, its reply to the content was lost, so the mail may
 * or may not have been sent.
 */
export type Failure = 'unavailable' | 'later' | 'never' | 'uncertain';

export interface SmtpError {
  /** nodemailer's own code. */
  readonly code?: string | undefined;
  /** The server's reply (RFC 5321, section 4.2). */
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
  /** Whether any of the content was sent. */
  readonly isContentStarted?: boolean | undefined;
}

/** Faults in the mail itself, found before anything was sent to the server. */
const UNSENDABLE = new Set(['EENVELOPE', 'EMESSAGE', 'ESTREAM', 'EFILEACCESS', 'EURLACCESS']);
/** If the server rejects one of these commands, the reason is this mail. */
const ABOUT_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Classifies an error of nodemailer. */
export function classifyFailure({ code, responseCode, command, isContentStarted }: SmtpError): Failure {
  const isRefusal = responseCode !== undefined && responseCode >= 400 && responseCode < 600;
  if (isContentStarted === true && !isRefusal) return 'uncertain';
  if (responseCode === undefined) return UNSENDABLE.has(code ?? '') ? 'never' : 'unavailable';
  if (code === 'EAUTH' || responseCode === 421 || !ABOUT_THE_MAIL.has(command ?? 'DATA'))
    return 'unavailable';
  // A permanently rejected sender is an error in the settings, which an operator can fix.
  if (responseCode < 500 || command === 'MAIL FROM') return 'later';
  return 'never';
}

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 600_000;

/** The pause before the next attempt: 10 s after the first, then doubling, at most 10 min. */
export function retryDelayMs(deliveries: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, deliveries - 1), LONGEST_DELAY_MS);
}

/**
 * A server's reply without addresses, so that they are not logged, and on one line: a form sends other line breaks than it was given, and mails of one reason are
 * found by it.
 */
export function withoutAddresses(text: string): string {
  return text
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '(address)')
    .replace(/\s+/g, ' ')
    .slice(0, 300)
    .trim();
}

/** Whether a mail is older than the records are kept: without a record, it's unknown whether it was sent. */
export function isOlderThanRecords(mail: Pick<ReceivedMailEvent, 'time'>, now: Date): boolean {
  const ageMs = now.getTime() - Date.parse(mail.time);
  return !(ageMs < (MAIL_RECORDS_DAYS - 1) * DAY_MS);
}
