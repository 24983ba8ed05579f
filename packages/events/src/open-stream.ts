import { STREAM_SUBJECTS, type StreamName } from '@guichet/contract/events';
import { sleep } from '@guichet/time';
import type { StoredMsg } from 'nats';
import type { Broker } from './broker.ts';
import type { Received } from './received.ts';
import { nextMessage } from './stored-message.ts';

const IDLE_MS = 1_000;
/** The subscription delivers a message shortly before the stream has stored it. */
const SOON_MS = [0, 2, 5, 20, 50, 200];

/** The messages of a stream, starting at a sequence. */
export interface StreamReading {
  messages: AsyncIterable<Received>;
  stop(): void;
}

/**
 * Reads the stored messages one by one, then new ones, without a consumer: a service that may create one can make the server deliver to any
 * subject. A plain subscription signals new messages at once; the stream itself is checked once a second.
 */
export async function openStream(
  broker: Broker,
  stream: StreamName,
  options: {
    startAt: (state: { created: string; lastSequence: number }) => number;
    /** Called with the next sequence whenever all stored messages have been read. */
    onEnd: (nextSequence: number) => void;
  },
): Promise<StreamReading> {
  const { manager } = await broker.whenReady();
  const subject = STREAM_SUBJECTS[stream];
  const { created, state } = await manager.streams.info(stream);
  const stopping = new AbortController();
  let heard = new AbortController();
  const subscription = broker.connection().subscribe(subject, { callback: () => heard.abort() });

  async function* read(): AsyncGenerator<Received> {
    let next = options.startAt({ created, lastSequence: state.last_seq });
    let attempts = SOON_MS.length;
    while (!stopping.signal.aborted) {
      const message = await nextMessage(manager, stream, next);
      if (message !== null) {
        next = message.seq + 1;
        yield toReceived(message);
        continue;
      }
      options.onEnd(next);
      if (heard.signal.aborted) {
        heard = new AbortController();
        attempts = 0;
      }
      const soonMs = SOON_MS[attempts];
      attempts += 1;
      if (soonMs !== undefined) {
        await sleep(soonMs, stopping.signal);
      } else {
        const either = AbortSignal.any([stopping.signal, heard.signal]);
        await sleep(IDLE_MS, either);
        if (!either.aborted && (await manager.streams.info(stream)).created !== created)
          throw new Error(`the stream ${stream} was created again`);
      }
    }
  }

  return {
    messages: read(),
    stop() {
      stopping.abort();
      if (!subscription.isClosed()) subscription.unsubscribe();
    },
  };
}

function toReceived(message: StoredMsg): Received {
  return {
    id: message.header.get('Nats-Msg-Id'),
    subject: message.subject,
    data: message.data,
    sequence: message.seq,
    deliveries: 1,
    pending: 0,
    ack: () => undefined,
    retryAfter: () => undefined,
    working: () => undefined,
  };
}
