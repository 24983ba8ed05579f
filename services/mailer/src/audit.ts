import { createHash } from 'node:crypto';
import {
  type Actor,
  type AuditEvent,
  type PersonalText,
  plain,
  type ReceivedMailEvent,
  type Sentence,
  sentence,
} from '@guichet/contract/events';
import { auditEvent, type Broker, logMessage } from '@guichet/events';
import type { DeadMail } from './dead-letters/dead-mail.ts';

/** An action of the superuser about a dead letter. */
export type DeadLetterAction = 'MAIL_VIEWED' | 'MAIL_SENT_AGAIN' | 'MAIL_DISCARDED';

/** The mail server accepted a mail. */
export function mailSent(id: string, mail: ReceivedMailEvent, at: Date): AuditEvent {
  return auditEvent(
    { service: 'mailer', id, now: at, correlationId: mail.correlation_id },
    {
      action: 'MAIL_SENT',
      actor: null,
      ...aboutMail(mail.id, mail),
      concerns: [],
      sentence: sentence`An email (${plain(mail.template)}) was sent.`,
      data: { template: mail.template },
    },
  );
}

/** A mail was not sent, because its recipient refuses such mails or no longer gets them. */
export function mailWithheld(id: string, mail: ReceivedMailEvent, at: Date): AuditEvent {
  return auditEvent(
    { service: 'mailer', id, now: at, correlationId: mail.correlation_id },
    {
      action: 'MAIL_WITHHELD',
      actor: null,
      ...aboutMail(mail.id, mail),
      concerns: [],
      sentence: sentence`An email (${plain(mail.template)}) was not sent: the recipient doesn’t get such emails.`,
      data: { template: mail.template },
    },
  );
}

/** A mail became a dead letter; `mail` is null if it could not be read. */
export function mailDeadLettered(id: string, letter: DeadMail, mail: ReceivedMailEvent | null): AuditEvent {
  const template = letter.subject.slice('mail.'.length);
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
      ...aboutMail(letter.mail_id, mail),
      concerns: mail !== null && 'user_id' in mail.to ? [mail.to.user_id] : [],
      sentence: sentence`An email (${plain(template)}) couldn’t be sent and was dead-lettered: ${reason}`,
      data: {
        template,
        code: letter.cause,
        reason: 'of' in reason ? letter.reason : reason.plain,
        tries: letter.tries,
      },
    },
  );
}

/** The superuser opened a dead letter, or decided about it. */
export function mailHandled(
  by: {
    id: string;
    at: Date;
    action: DeadLetterAction;
    actor: Actor;
    correlationId: string;
  },
  letter: DeadMail,
  mail: ReceivedMailEvent | null,
): AuditEvent {
  const template = letter.subject.slice('mail.'.length);
  const name = { of: by.actor.id, text: by.actor.username };
  return auditEvent(
    { service: 'mailer', id: by.id, now: by.at, correlationId: by.correlationId },
    {
      action: by.action,
      actor: by.actor,
      ...aboutMail(letter.mail_id, mail),
      concerns: [],
      sentence: SENTENCES[by.action](name, plain(template)),
      data: { template, code: letter.cause },
    },
  );
}

const SENTENCES = {
  MAIL_VIEWED: (name, template) => sentence`${name} opened an email (${template}) that couldn’t be sent.`,
  MAIL_SENT_AGAIN: (name, template) => sentence`${name} had an email (${template}) sent again.`,
  MAIL_DISCARDED: (name, template) =>
    sentence`${name} discarded an email (${template}) that couldn’t be sent.`,
} as const satisfies Record<
  DeadLetterAction,
  (name: PersonalText, template: ReturnType<typeof plain>) => Sentence
>;

/** Resolves once the log's stream has the event; the same event twice is one entry. */
export async function publishAuditEvent(broker: Broker, event: AuditEvent): Promise<void> {
  const { id, subject, payload } = logMessage(event);
  await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
}

/** A UUID (RFC 9562, version 8) that is always the same for the same text. */
export function stableId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The fields that say which mail an entry is about, and which operation the mail is about. */
function aboutMail(id: string, mail: ReceivedMailEvent | null) {
  const operationId = mail?.data.operation_id;
  return {
    subject: { type: 'mail' as const, id: id.slice(0, 80) },
    operationId: typeof operationId === 'string' ? operationId : null,
  };
}

function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"]+@[^\s<>"]+/g, '…');
}
