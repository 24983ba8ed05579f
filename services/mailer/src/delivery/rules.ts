/**
 * What a failed attempt means: `unavailable`, the mail server cannot be reached or rejects the mailer itself, so the mail is not at
 * fault; `later`, it rejected this mail temporarily; `never`, it rejected it permanently.
 */
export type Failure = 'unavailable' | 'later' | 'never';

export interface SmtpError {
  /** nodemailer's own code. */
  readonly code?: string | undefined;
  /** The server's reply (RFC 5321, section 4.2). */
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

/** Faults in the mail itself, found before anything was sent to the server. */
const UNSENDABLE = new Set(['EENVELOPE', 'EMESSAGE', 'ESTREAM', 'EFILEACCESS', 'EURLACCESS']);
/** If the server rejects one of these commands, the reason is this mail. */
const ABOUT_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Classifies an error of nodemailer. */
export function classifyFailure({ code, responseCode, command }: SmtpError): Failure {
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

/** Removes addresses from a server's reply, so that they are not logged. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '(address)').slice(0, 300);
}
