import { setTimeout as sleep } from 'node:timers/promises';
import { type Broker, consumeBatches, loggedDeadLetters, type Parsed } from '@guichet/events';
import type { Log } from '@guichet/log';
import { DeadMail } from './dead-mail.ts';

/** The consumer that remembers how far the dead letters have been put back. */
export const RESEND_CONSUMER = 'resend';

/**
 * Puts every dead letter back into the stream of mails, to be tried again; one that becomes a dead letter again while this
 * runs waits for the next time. With `giveUp` nobody gets them: they stay in their stream, and are no longer counted.
 * @returns how many were put back, or given up
 */
export async function resendMails(options: { broker: Broker; log: Log; giveUp?: boolean }): Promise<number> {
  const { broker, log, giveUp = false } = options;
  const { manager } = await broker.whenReady();
  const { state } = await manager.streams.info('MAIL_DEAD_LETTERS');
  let handled = 0;

  async function handleOne(message: Parsed<DeadMail>): Promise<void> {
    if (!giveUp) await putBack(message);
    message.ack();
    handled += 1;
  }

  async function putBack(message: Parsed<DeadMail>): Promise<void> {
    const letter = message.value;
    await broker.publish({
      // A name of its own: under its first, JetStream would drop it as one that it knows.
      id: `${letter.mail_id}.again.${message.sequence}`,
      subject: letter.subject,
      payload: Buffer.from(letter.payload, 'base64'),
    });
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
  return handled;

  /**
   * Whether one that was there at the start is still to be done with. One that an earlier run left for the next comes late, behind
   * younger ones, so only the floor under all that is acknowledged tells.
   */
  async function isBehind(): Promise<boolean> {
    const consumer = await manager.consumers.info('MAIL_DEAD_LETTERS', RESEND_CONSUMER).catch(() => null);
    if (consumer === null) return true;
    if (consumer.num_pending + consumer.num_ack_pending === 0) return false;
    return consumer.ack_floor.stream_seq < state.last_seq;
  }
}
