import type { ReceivedMailEvent } from '@guichet/contract/events';
import type { Broker, Received } from '@guichet/events';
import type { Clock } from '@guichet/time';
import { mailDeadLettered, publishAuditEvent, stableId } from '../audit.ts';
import type { DeadMail } from './dead-mail.ts';

type DeadMessage = Pick<Received, 'id' | 'subject' | 'data' | 'sequence' | 'deliveries'>;

/** Keeps a mail that cannot be sent as a dead letter, for an operator to put back; a mail that cannot be opened is kept unchanged. */
export type KeepDeadMail = (
  message: DeadMessage,
  mail: ReceivedMailEvent | null,
  why: Pick<DeadMail, 'cause' | 'reason'>,
) => Promise<void>;

/**
 * Publishes the mail to `dead.mail.<template>` and MAIL_DEAD_LETTERED to the log; resolves when both are stored. Ids come from the
 * message, so that it is stored once even if the process crashes before acknowledging it.
 */
export function deadMailKeeper(deps: { broker: Broker; clock: Clock }): KeepDeadMail {
  return async (message, mail, { cause, reason }) => {
    const id = `${message.id}.${message.sequence}`;
    const letter: DeadMail = {
      mail_id: mail?.id ?? message.id,
      subject: message.subject,
      cause,
      reason,
      tries: message.deliveries,
      dead_since: deps.clock().toISOString(),
      payload: Buffer.from(message.data).toString('base64'),
      message_id: message.id,
    };
    await deps.broker.publish({
      id: `dead.${id}`,
      subject: `dead.${message.subject}`,
      payload: Buffer.from(JSON.stringify(letter)),
    });
    await publishAuditEvent(deps.broker, mailDeadLettered(stableId(id), letter, mail));
  };
}
