import type { StreamName } from '@guichet/contract/events';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { type JsMsg, NatsError } from 'nats';
import type { Broker } from './broker.ts';
import { consumerLag } from './consumer-lag.ts';
import type { DeadLetters } from './dead-letters.ts';
import { handleOrDeadLetter } from './handle-or-dead-letter.ts';
import { type Item, itemsOf, type Open } from './items.ts';
import { openStream } from './open-stream.ts';
import { pullMessages } from './pull-messages.ts';
import type { Parsed, Received } from './received.ts';

/** A running consumer. */
export interface Consumption {
  /**
   * The number of messages in the stream that are not handled yet.
   * @throws while NATS is unavailable
   */
  lag(): Promise<number>;
  /** Takes no new messages, and resolves when the current batch is handled. */
  stop(): Promise<void>;
}

interface ConsumeOptions<T> {
  broker: Broker;
  stream: StreamName;
  log: Log;
  /** The maximum number of messages in a batch. */
  maxBatch?: number;
  /** Parses an opened message. If it throws, or the message can't be opened, the message becomes a dead letter and never reaches `onBatch`. */
  parse: (message: Received) => T;
  /** Where in a trace an event was made. Then a batch is handled as a part of its trace, or of one that is linked with the traces of its events. */
  traceparentOf?: (value: T) => string | null | undefined;
  /**
   * Handles a batch. If it throws a transient error, the batch is retried after a pause. After any other error the
   * batch is split until the message that fails is alone, and that one becomes a dead letter.
   */
  onBatch: (batch: readonly Parsed<T>[]) => Promise<void>;
  /** Stores messages that can't be handled, and decides which errors are transient. */
  deadLetters: DeadLetters;
}

/** Messages of one request: each may have dozens of events, and all of them are held in memory. */
const PULL_MAX = 200;

/**
 * Consumes a stream through a durable consumer that all replicas of a service share: each message goes to one of them, and is delivered
 * again until the handler acknowledges it. It survives an outage of NATS and the loss of the consumer. No message can stop it: see
 * `ConsumeOptions`.
 */
export function consumeBatches<T>(options: ConsumeOptions<T> & { durable: string }): Consumption {
  const { broker, stream, durable } = options;
  const lag = () => consumerLag(broker, stream, durable);
  return keepConsuming({ ...options, lag }, 'acknowledges', async () => {
    const { jetstream } = await broker.whenReady();
    const consumer = await jetstream.consumers.get(stream, durable);
    return { ...pullMessages(consumer, Math.min((options.maxBatch ?? 500) * 2, PULL_MAX)), receive };
  });
}

/**
 * Follows a stream, starting with the last message of each subject: every replica reads all of them, in order, and again at each start. For
 * projections and maps that can be rebuilt at any time.
 */
export function followLatest<T>(options: ConsumeOptions<T> & { onCaughtUp?: () => void }): Consumption {
  const { broker, stream, onCaughtUp } = options;
  let createdAt = '';
  let nextSequence = 1;
  let endsAt = Number.POSITIVE_INFINITY;
  let caughtUp = false;
  const noteProgress = () => {
    if (caughtUp || nextSequence < endsAt) return;
    caughtUp = true;
    onCaughtUp?.();
  };
  const onHandled = (batch: readonly Received[]) => {
    nextSequence = (batch.at(-1)?.sequence ?? 0) + 1;
    noteProgress();
  };
  const lag = async () => {
    if (!broker.ready()) throw new Error('NATS is unavailable');
    const { manager } = await broker.whenReady();
    const { state, created } = await manager.streams.info(stream);
    const handled = created === createdAt ? nextSequence - 1 : 0;
    return Math.max(0, Math.min(state.messages, state.last_seq - handled));
  };
  return keepConsuming({ ...options, lag, onHandled }, 'follows', async () => {
    const reading = await openStream(broker, stream, {
      startAt: ({ created, lastSequence }) => {
        // A stream that was created again starts at sequence 1, so reading starts over too.
        if (created !== createdAt || nextSequence > lastSequence + 1) nextSequence = 1;
        createdAt = created;
        return nextSequence;
      },
      onEnd: (sequence) => {
        endsAt = sequence;
        noteProgress();
      },
    });
    return { ...reading, receive: (message: Received) => message };
  });
}

/** A source of messages, until it is stopped. */
interface Source<M> {
  messages: AsyncIterable<M>;
  receive: (message: M) => Received;
  /** Ends the messages at once. */
  stop: () => void;
  /** Ends them after those in transit. */
  leave?: () => Promise<void>;
}

function keepConsuming<T, M>(
  options: ConsumeOptions<T> & {
    lag: () => Promise<number>;
    onHandled?: (batch: readonly Received[]) => void;
  },
  manner: 'acknowledges' | 'follows',
  open: () => Promise<Source<M>>,
): Consumption {
  const { broker, stream, log, maxBatch = 500 } = options;
  const openMessage: Open = (message) => broker.open(message);
  const stopping = new AbortController();
  let handling: Promise<void> = Promise.resolve();

  async function consumeOnce(): Promise<void> {
    await broker.whenReady();
    const disconnected = broker.disconnected();
    const opened = await open();
    // Messages in transit when the connection broke are not sent again, so the stream is reopened at the current position.
    const end = () => opened.stop();
    const ends = [
      [disconnected, end],
      [stopping.signal, () => void (opened.leave ?? end)()],
    ] as const;
    for (const [signal, onAbort] of ends) {
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
    }
    try {
      handling = handleAll(opened);
      await handling;
    } finally {
      for (const [signal, onAbort] of ends) signal.removeEventListener('abort', onAbort);
      end();
    }
  }

  async function handleAll({ messages, receive }: Source<M>): Promise<void> {
    const waiting: Item[] = [];
    let ended = false;
    let failure: { error: unknown } | null = null;
    let wake: () => void = () => undefined;
    let resume: () => void = () => undefined;
    // It never rejects: while a batch is handled the rejection would have no handler, which ends the process.
    const reading = (async () => {
      try {
        for await (const message of messages) {
          waiting.push(...itemsOf(receive(message), openMessage));
          wake();
          // Stops reading while this many messages wait: one that waits too long would be delivered twice.
          if (waiting.length < maxBatch * 2 || stopping.signal.aborted) continue;
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      } catch (error) {
        failure = { error };
      } finally {
        ended = true;
        wake();
      }
    })();

    try {
      while (!stopping.signal.aborted && (!ended || waiting.length > 0)) {
        if (waiting.length > 0) {
          const batch = waiting.splice(0, maxBatch);
          resume();
          await handle(batch);
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      resume();
    }
    await reading;
    returnToStream(waiting);
    if (failure !== null) throw (failure as { error: unknown }).error;
  }

  async function handle(batch: readonly Item[]): Promise<void> {
    const beganAt = performance.now();
    const unhandled = await handleOrDeadLetter(batch, {
      ...options,
      signal: stopping.signal,
      pause,
      acknowledges: manner === 'acknowledges',
    });
    if (unhandled.length === 0) options.onHandled?.(batch);
    const ms = Math.round(performance.now() - beganAt);
    log.debug({ stream, messages: batch.length, unhandled: unhandled.length, ms }, 'batch handled');
    returnToStream(unhandled);
  }

  /** Messages that were not handled go to another replica at once, not only when their time to acknowledge is over. */
  function returnToStream(taken: readonly Received[]): void {
    if (manner === 'acknowledges') for (const message of taken) message.retryAfter(0);
  }

  function pause(ms: number): Promise<void> {
    return sleep(ms, stopping.signal);
  }

  void (async () => {
    while (!stopping.signal.aborted) {
      try {
        await consumeOnce();
      } catch (error) {
        if (stopping.signal.aborted) return;
        const missing = error instanceof NatsError && error.code === '404';
        log.warn({ err: error, stream }, missing ? 'stream does not exist yet' : 'consumer interrupted');
        await pause(500);
      }
    }
  })();

  return {
    lag: options.lag,
    async stop() {
      stopping.abort();
      await Promise.race([handling.catch(() => undefined), sleep(10_000, undefined, { ref: false })]);
    },
  };
}

function receive(message: JsMsg): Received {
  return {
    id: message.headers?.get('Nats-Msg-Id') ?? '',
    subject: message.subject,
    data: message.data,
    sequence: message.seq,
    deliveries: message.info.redeliveryCount,
    pending: message.info.pending,
    ack: () => message.ack(),
    retryAfter: (delayMs) => message.nak(delayMs),
    working() {
      try {
        message.working();
      } catch {
        // The connection was closed: the message comes again anyway. A timer calls this, and an error there would end the process.
      }
    },
  };
}
