import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DurableName, plain, sentence } from '@guichet/contract/events';
import {
  auditEvent,
  type Broker,
  consumeBatches,
  currentOperator,
  loggedDeadLetters,
  openItem,
  type Parsed,
} from '@guichet/events';
import type { Log } from '@guichet/log';
import { publishAuditEvent } from '../audit.ts';
import { DeadMail } from './dead-mail.ts';

/** The consumer that remembers how far the dead letters have been put back. */
export const RESEND_CONSUMER = 'resend' satisfies DurableName;

/**
 * Puts every dead letter back into the stream of mails, to be tried again; one that becomes a dead letter again while this
 * runs stays for the next run. With `giveUp` they are not sent: they stay in their stream, and are no longer counted.
 * @returns how many were put back, or given up
 */
export async function resendMails(options: { broker: Broker; log: Log; giveUp?: boolean }): Promise<number> {
  const { broker, log, giveUp = false } = options;
  const { manager } = await broker.whenReady();
  const { state } = await manager.streams.info('MAIL_DEAD_LETTERS');
  let handled = 0;

  async function handleOne(message: Parsed<DeadMail>): Promise<void> {
    const letter = message.value;
    // A new id: JetStream would drop the old one as a duplicate.
    const id = `${letter.mail_id}.again.${message.sequence}`;
    const payload = giveUp ? null : openedPayload(letter);
    if (payload !== null) await broker.publish({ id, subject: letter.subject, payload });
    else if (!giveUp)
      await broker.publish({ id, subject: message.subject, payload: Buffer.from(JSON.stringify(letter)) });
    message.ack();
    if (giveUp || payload !== null) handled += 1;
  }

  /**
   * The mail of a dead letter. If it could not be opened on arrival, it is opened now, possibly with other keys. Returns null if it still
   * cannot be opened: it stays a dead letter, because a mail that an attacker published must not be sent in the bank's name.
   */
  function openedPayload({ message_id: id, subject, payload, opened }: DeadMail): Uint8Array | null {
    const data = Buffer.from(payload, 'base64');
    if (opened) return data;
    try {
      return openItem({ id, subject, data }, broker.open).data;
    } catch (error) {
      log.warn({ err: error, mail_id: id, subject }, 'dead letter still cannot be opened');
      return null;
    }
  }

  const consumption = consumeBatches({
    broker,
    stream: 'MAIL_DEAD_LETTERS',
    durable: RESEND_CONSUMER,
    log,
    maxBatch: 50,
    parse: ({ data }) => DeadMail.parse(JSON.parse(Buffer.from(data).toString('utf8'))),
    // It stays in its stream; only NATS can be the reason why another can't be put back.
    deadLetters: { ...loggedDeadLetters(log), isTransient: () => true },
    onBatch: async (batch) => {
      for (const message of batch) {
        if (message.sequence > state.last_seq) message.retryAfter(1_000);
        else await handleOne(message);
      }
    },
  });
  while (state.messages > 0 && (await isBehind())) await sleep(100);
  await consumption.stop();
  if (handled > 0)
    await logCommand(broker, { command: giveUp ? 'resend --give-up' : 'resend', count: handled });
  return handled;

  /**
   * Whether a dead letter that was there at the start is still unhandled. One that an earlier run left is delivered late, after newer
   * ones, so only the acknowledgement floor is reliable.
   */
  async function isBehind(): Promise<boolean> {
    const consumer = await manager.consumers.info('MAIL_DEAD_LETTERS', RESEND_CONSUMER).catch(() => null);
    if (consumer === null) return true;
    if (consumer.num_pending + consumer.num_ack_pending === 0) return false;
    return consumer.ack_floor.stream_seq < state.last_seq;
  }
}

/** Logs that an operator had mails sent again, or gave them up. */
async function logCommand(broker: Broker, data: { command: string; count: number }): Promise<void> {
  const now = new Date();
  const event = auditEvent(
    { service: 'mailer', id: randomUUID(), now, correlationId: null },
    {
      action: 'ADMIN_COMMAND',
      actor: null,
      subject: null,
      concerns: [],
      sentence: sentence`An operator ran ${plain(data.command)} on ${plain(String(data.count))} mails.`,
      data: { ...data, ...currentOperator() },
    },
  );
  await publishAuditEvent(broker, event);
}
