import type { ReceivedMailEvent } from '@guichet/contract/events';
import type { Received } from '@guichet/events';
import type { Log } from '@guichet/log';
import type { Clock } from '@guichet/time';
import { stableId } from '../audit.ts';
import type { KeepDeadMail } from '../dead-letters/dead-mail-keeper.ts';
import { parseMail } from '../mail.ts';
import { observeMail } from '../metrics.ts';
import type { FindRecipient } from '../recipients/find-recipient.ts';
import { isRefused } from '../recipients/rules.ts';
import { type ComposeOptions, composeMail, UnsendableError } from './compose-mail.ts';
import { classifyFailure, retryDelayMs, type SmtpError, withoutAddresses } from './rules.ts';
import type { SentMails } from './sent-mails.ts';
import type { Transport } from './transport.ts';

export interface Delivery {
  transport: Pick<Transport, 'send'>;
  findRecipient: FindRecipient;
  keepDeadMail: KeepDeadMail;
  /** Logs that a mail was sent; resolves when the log's stream has the entry. */
  logSent: (id: string, mail: ReceivedMailEvent) => Promise<void>;
  /** The mails that this process has already sent. */
  sent: SentMails;
  clock: Clock;
  log: Log;
  letters: Omit<ComposeOptions, 'now'>;
  /** Deliveries after which a temporarily rejected mail becomes a dead letter. */
  triesMax: number;
  delayMs?: (deliveries: number) => number;
}

/** `withheld`: not sent, because its reader refuses such mails. `separated`: published as a message of its own. */
export type Outcome = 'sent' | 'withheld' | 'unavailable' | 'later' | 'dead' | 'separated';

/**
 * Sends the mail of one message. The message is acknowledged once the mail server has accepted the mail or it is a dead letter;
 * otherwise it is delivered again later. An outage of the server, however long, causes no dead letters. Only the id and template of a
 * mail are ever logged.
 */
export async function deliverMail(delivery: Delivery, message: Received): Promise<Outcome> {
  const { log, delayMs = retryDelayMs } = delivery;
  let mail: ReceivedMailEvent | null = null;
  try {
    mail = parseMail(message.data);
    if (delivery.sent.has(mail.id, message.sequence)) return await finished(mail);
    const recipient = await delivery.findRecipient(mail.to);
    if (recipient === null) return await refused('later', 'the recipient has no known address');
    if (isRefused(mail.template, recipient)) {
      message.ack();
      observeMail('withheld', mail.template);
      log.info(
        { mail: mail.id, template: mail.template },
        'email not sent, because the user refuses its kind',
      );
      return 'withheld';
    }
    const composed = composeMail(mail, recipient, { ...delivery.letters, now: delivery.clock() });
    try {
      await delivery.transport.send(composed);
    } catch (error) {
      const failure = classifyFailure(error as SmtpError);
      return await refused(failure, withoutAddresses((error as Error).message));
    }
    delivery.sent.add(mail.id, message.sequence);
    observeMail('sent', mail.template);
    log.info({ mail: mail.id, template: mail.template, correlation_id: mail.correlation_id }, 'email sent');
    return await finished(mail);
  } catch (error) {
    // An error in the mail itself will happen again; any other error (NATS, a bug) may not.
    const isHopeless = mail === null || error instanceof UnsendableError;
    if (!isHopeless) log.warn({ err: error, mail: mail?.id }, 'email could not be processed');
    return await refused(isHopeless ? 'never' : 'later', (error as Error).message).catch(() => {
      message.retryAfter(delayMs(message.deliveries));
      return 'later' as const;
    });
  }

  /** A mail that was sent is in the audit log before it leaves the stream. */
  async function finished(sent: ReceivedMailEvent): Promise<'sent'> {
    await delivery.logSent(stableId(`sent.${sent.id}.${message.sequence}`), sent);
    message.ack();
    return 'sent';
  }

  async function refused(failure: 'unavailable' | 'later' | 'never', reason: string): Promise<Outcome> {
    const template = mail?.template ?? 'unreadable';
    const fields = { mail: mail?.id ?? message.id, template, reason, tries: message.deliveries };
    if (failure === 'never' || (failure === 'later' && message.deliveries >= delivery.triesMax)) {
      await delivery.keepDeadMail(message, mail, reason);
      message.ack();
      observeMail('dead lettered', template);
      log.error(fields, 'email dead-lettered');
      return 'dead';
    }
    message.retryAfter(delayMs(message.deliveries));
    observeMail('retried', template);
    log.warn(fields, failure === 'unavailable' ? 'mail server unavailable' : 'email temporarily rejected');
    return failure;
  }
}
