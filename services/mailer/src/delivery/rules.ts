/**
 * What a failed attempt means: `away`, the mail server cannot be reached or does not want us at all, so that it is no fault of the
 * mail; `later`, it refused this mail for the moment; `never`, it refused it for good.
 */
export type Failure = 'away' | 'later' | 'never';

export interface SmtpError {
  /** nodemailer's own. */
  readonly code?: string | undefined;
  /** The server's reply (RFC 5321, section 4.2). */
  readonly responseCode?: number | undefined;
  readonly command?: string | undefined;
}

/** Faults in the mail itself, found before a word was said to the server. */
const UNSENDABLE = new Set(['EENVELOPE', 'EMESSAGE', 'ESTREAM', 'EFILEACCESS', 'EURLACCESS']);
/** The commands whose refusal is about this one mail. */
const ABOUT_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Reads an error of nodemailer. */
export function classifyFailure({ code, responseCode, command }: SmtpError): Failure {
  if (responseCode === undefined) return UNSENDABLE.has(code ?? '') ? 'never' : 'away';
  if (code === 'EAUTH' || responseCode === 421 || !ABOUT_THE_MAIL.has(command ?? 'DATA')) return 'away';
  // A sender that is refused for good is a fault of the settings, which somebody may be about to mend.
  if (responseCode < 500 || command === 'MAIL FROM') return 'later';
  return 'never';
}

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 600_000;

/** The pause before the next try: 10 s after the first, then doubling, 10 min at most. */
export function retryDelayMs(deliveries: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, deliveries - 1), LONGEST_DELAY_MS);
}

/** A server's words without the addresses in them: for the log, which is no place for those. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '(address)').slice(0, 300);
}
