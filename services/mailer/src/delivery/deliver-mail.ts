import type { ReceivedMailEvent } from '@guichet/contract/events';
import type { Received } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import { stableId } from '../audit.ts';
import type { DeadMail } from '../dead-letters/dead-mail.ts';
import type { KeepDeadMail } from '../dead-letters/dead-mail-keeper.ts';
import { parseMail } from '../mail.ts';
import { observeMail } from '../metrics.ts';
import type { FindRecipient } from '../recipients/find-recipient.ts';
import { isWithheld } from '../recipients/rules.ts';
import type { Claims } from '../records/claims.ts';
import type { MailRecord } from '../records/mail-record.ts';
import { type ComposeOptions, composeMail, UnsendableError } from './compose-mail.ts';
import {
  classifyFailure,
  type Failure,
  isOlderThanRecords,
  retryDelayMs,
  type SmtpError,
  withoutAddresses,
} from './rules.ts';
import type { Transport } from './transport.ts';

export interface Delivery {
  transport: Pick<Transport, 'send'>;
  claims: Claims;
  findRecipient: FindRecipient;
  keepDeadMail: KeepDeadMail;
  /** Logs that a mail was sent; resolves when the log's stream has the entry. */
  logSent: (id: string, mail: ReceivedMailEvent, at: Date) => Promise<void>;
  /** The same for a mail that its recipient doesn't get. */
  logWithheld: (id: string, mail: ReceivedMailEvent, at: Date) => Promise<void>;
  clock: Clock;
  log: Log;
  letters: Omit<ComposeOptions, 'now'>;
  /** Deliveries after which a temporarily rejected mail becomes a dead letter. */
  triesMax: number;
  delayMs?: (deliveries: number) => number;
}

/** `withheld`: not sent, because its reader refuses such mails or no longer gets them; `separated`: published as a message of its own; `uncertain`: a dead letter that may have been sent. */
export type Outcome = 'sent' | 'withheld' | 'unavailable' | 'later' | 'dead' | 'uncertain' | 'separated';

const UNCERTAIN = 'the connection was lost, or the mailer stopped, while the mail was being sent';

/**
 * Sends the mail of one message, at most once: it's claimed before its content is sent, and the outcome is recorded. A mail that was claimed, and of
 * which no outcome is known, is not sent again by itself: it becomes a dead letter. The message is acknowledged once the mail server has accepted the
 * mail or it is a dead letter; otherwise it is delivered again later. An outage of the server causes no dead letters. Only the id and template of a mail
 * are ever logged.
 */
export async function deliverMail(delivery: Delivery, message: Received): Promise<Outcome> {
  const { claims, log, delayMs = retryDelayMs } = delivery;
  let mail: ReceivedMailEvent | null = null;
  try {
    mail = parseMail(message.data);
    const status = await claims.statusOf(mail.id);
    if (status.is === 'busy') return later();
    if (status.is === 'sent') return await finished(mail, status.record);
    if (status.is !== 'free') return await dead('uncertain', UNCERTAIN);
    if (!status.isKnown && isOlderThanRecords(mail, delivery.clock()))
      return await dead('too_old', 'older than the records of sent mails');
    const recipient = await delivery.findRecipient(mail.to);
    if (recipient === null) return await refused('later', 'the recipient has no known address', 'no_address');
    if (isWithheld(mail.template, recipient)) {
      await delivery.logWithheld(stableId(`withheld.${mail.id}.${message.sequence}`), mail, delivery.clock());
      message.ack();
      observeMail('withheld', mail.template);
      log.info(
        { mail: mail.id, template: mail.template },
        'email not sent, because the user refuses its kind or no longer gets it',
      );
      return 'withheld';
    }
    const composed = composeMail(mail, recipient, { ...delivery.letters, now: delivery.clock() });
    const attempt = claims.begin(mail.id, status.after);
    try {
      await delivery.transport.send(composed, attempt.take);
    } catch (error) {
      if (attempt.failure !== null) {
        log.warn({ err: attempt.failure, mail: mail.id }, 'email could not be claimed');
        return later();
      }
      const failure = classifyFailure(error as SmtpError);
      const reason = withoutAddresses((error as Error).message);
      if (attempt.isHeld) await attempt.settle(failure === 'uncertain' ? 'uncertain' : 'released');
      return failure === 'uncertain'
        ? await dead('uncertain', `${UNCERTAIN}: ${reason}`)
        : await refused(failure, reason, 'refused');
    }
    const record = await attempt.settle('sent');
    observeMail('sent', mail.template);
    log.info({ mail: mail.id, template: mail.template, correlation_id: mail.correlation_id }, 'email sent');
    return await finished(mail, record);
  } catch (error) {
    // An error in the mail itself will happen again; any other error (NATS, a bug) may not.
    const isHopeless = mail === null || error instanceof UnsendableError;
    if (!isHopeless) log.warn({ err: error, mail: mail?.id }, 'email could not be processed');
    return await refused(isHopeless ? 'never' : 'later', (error as Error).message, 'invalid').catch(later);
  }

  /** A mail that was sent is in the audit log before it leaves the stream. */
  async function finished(sent: ReceivedMailEvent, { claim, at }: MailRecord): Promise<'sent'> {
    await delivery.logSent(stableId(`sent.${sent.id}.${claim}`), sent, new Date(at));
    message.ack();
    return 'sent';
  }

  function later(): 'later' {
    message.retryAfter(delayMs(message.deliveries));
    return 'later';
  }

  async function refused(
    failure: Exclude<Failure, 'uncertain'>,
    reason: string,
    cause: DeadMail['cause'],
  ): Promise<Outcome> {
    if (failure === 'never' || (failure === 'later' && message.deliveries >= delivery.triesMax))
      return dead(cause, reason);
    message.retryAfter(delayMs(message.deliveries));
    observeMail('retried', mail?.template ?? 'unreadable');
    log.warn(
      fieldsOf(reason),
      failure === 'unavailable' ? 'mail server unavailable' : 'email temporarily rejected',
    );
    return failure;
  }

  async function dead(cause: DeadMail['cause'], reason: string): Promise<'dead' | 'uncertain'> {
    await delivery.keepDeadMail(message, mail, { cause, reason });
    message.ack();
    observeMail('dead lettered', mail?.template ?? 'unreadable');
    log.error({ ...fieldsOf(reason), cause, has_entry: true }, 'email dead-lettered');
    return cause === 'uncertain' ? 'uncertain' : 'dead';
  }

  function fieldsOf(reason: string) {
    const template = mail?.template ?? 'unreadable';
    return { mail: mail?.id ?? message.id, template, reason, tries: message.deliveries };
  }
}
