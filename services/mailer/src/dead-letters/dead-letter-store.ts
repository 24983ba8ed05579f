import { type Broker, nextMessage, removeMessage, storedMessage } from '@guichet/events';
import type { Log } from '@guichet/log';
import { DeadMail } from './dead-mail.ts';

/** A dead letter with its sequence in the stream. */
export interface StoredDeadMail {
  readonly sequence: number;
  readonly letter: DeadMail;
}

/** The dead letters that are neither sent again nor discarded, oldest first. */
export interface DeadLetterStore {
  count(): Promise<number>;
  /** The sequence of the newest one, also if it was handled. */
  lastSequence(): Promise<number>;
  get(sequence: number): Promise<StoredDeadMail | null>;
  /** Those after a sequence, up to another one; read in pages, so one may be handled meanwhile. */
  between(after: number, last: number): AsyncGenerator<StoredDeadMail>;
  /** The first one after a sequence. */
  next(after: number): Promise<StoredDeadMail | null>;
  /** False if it was not there any more. */
  remove(sequence: number): Promise<boolean>;
}

/** The messages of a page are requested at the same time. */
const PAGE = 100;

export function deadLetterStore(broker: Broker, log: Log): DeadLetterStore {
  const manager = async () => (await broker.whenReady()).manager;

  /** Null if it can't be read. */
  function read(message: NonNullable<Awaited<ReturnType<typeof storedMessage>>>): StoredDeadMail | null {
    const { seq: sequence, subject } = message;
    try {
      const { data } = broker.open({ id: message.header.get('Nats-Msg-Id'), subject, data: message.data });
      return { sequence, letter: DeadMail.parse(JSON.parse(Buffer.from(data).toString('utf8'))) };
    } catch (error) {
      log.warn({ err: error, sequence }, 'dead letter cannot be read');
      return null;
    }
  }

  async function get(sequence: number): Promise<StoredDeadMail | null> {
    const message = await storedMessage(await manager(), 'MAIL_DEAD_LETTERS', { seq: sequence });
    return message === null ? null : read(message);
  }

  return {
    get,
    async count() {
      return (await (await manager()).streams.info('MAIL_DEAD_LETTERS')).state.messages;
    },
    async lastSequence() {
      return (await (await manager()).streams.info('MAIL_DEAD_LETTERS')).state.last_seq;
    },
    async *between(after, last) {
      for (let from = after + 1; from <= last; ) {
        const first = await nextMessage(await manager(), 'MAIL_DEAD_LETTERS', from);
        if (first === null || first.seq > last) return;
        const sequences = Array.from(
          { length: Math.min(PAGE, last - first.seq + 1) },
          (_, index) => first.seq + index,
        );
        for (const letter of await Promise.all(sequences.map(get))) if (letter !== null) yield letter;
        from = first.seq + PAGE;
      }
    },
    async next(after) {
      for (let from = after + 1; ; ) {
        const message = await nextMessage(await manager(), 'MAIL_DEAD_LETTERS', from);
        if (message === null) return null;
        const letter = read(message);
        if (letter !== null) return letter;
        from = message.seq + 1;
      }
    },
    remove: async (sequence) => removeMessage(await manager(), 'MAIL_DEAD_LETTERS', sequence),
  };
}
