import { createHash } from 'node:crypto';
import { type AuditEvent, plain, type ReceivedMailEvent, sentence } from '@guichet/contract/events';
import { auditEvent, type Broker, logMessage, type Received } from '@guichet/events';
import type { Clock } from '@guichet/time';
import type { DeadMail } from './dead-mail.ts';

type DeadMessage = Pick<Received, 'id' | 'subject' | 'data' | 'sequence' | 'deliveries'>;

/** Keeps a mail that cannot be sent as a dead letter, for an operator to put back; a mail that cannot be opened is kept unchanged. */
export type KeepDeadMail = (
  message: DeadMessage,
  mail: ReceivedMailEvent | null,
  reason: string,
  isOpened?: boolean,
) => Promise<void>;

/**
 * Publishes the mail to `dead.mail.<template>` and MAIL_DEAD_LETTERED to the log; resolves when both are stored. Ids come from the
 * message, so that it is stored once even if the process crashes before acknowledging it.
 */
export function deadMailKeeper(deps: { broker: Broker; clock: Clock }): KeepDeadMail {
  return async (message, mail, reason, isOpened = true) => {
    const id = `${message.id}.${message.sequence}`;
    const letter: DeadMail = {
      mail_id: mail?.id ?? message.id,
      subject: message.subject,
      reason,
      tries: message.deliveries,
      dead_since: deps.clock().toISOString(),
      payload: Buffer.from(message.data).toString('base64'),
      message_id: message.id,
      opened: isOpened,
    };
    await deps.broker.publish({
      id: `dead.${id}`,
      subject: `dead.${message.subject}`,
      payload: Buffer.from(JSON.stringify(letter)),
    });
    const { subject, payload } = logMessage(toAuditEvent(stableId(id), letter, mail));
    const bytes = Buffer.from(JSON.stringify(payload));
    await deps.broker.publish({
      id: `log.${id}`,
      subject,
      payload: bytes,
    });
  };
}

function toAuditEvent(id: string, letter: DeadMail, mail: ReceivedMailEvent | null): AuditEvent {
  const template = letter.subject.slice('mail.'.length);
  const operationId = mail?.data.operation_id;
  // A mail server's reply may contain the recipient's address.
  const reason =
    mail !== null && 'user_id' in mail.to
      ? { of: mail.to.user_id, text: letter.reason }
      : plain(withoutAddresses(letter.reason));
  return auditEvent(
    { service: 'mailer', id, now: new Date(letter.dead_since), correlationId: mail?.correlation_id ?? null },
    {
      action: 'MAIL_DEAD_LETTERED',
      actor: null,
      subject: { type: 'mail', id: letter.mail_id.slice(0, 80) },
      operationId: typeof operationId === 'string' ? operationId : null,
      concerns: mail !== null && 'user_id' in mail.to ? [mail.to.user_id] : [],
      sentence: sentence`An email (${plain(template)}) couldn’t be sent and was dead-lettered: ${reason}`,
      data: { template, reason: 'of' in reason ? letter.reason : reason.plain, tries: letter.tries },
    },
  );
}

/** A UUID (RFC 9562, version 8) that is always the same for the same text. */
function stableId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"]+@[^\s<>"]+/g, '…');
}
