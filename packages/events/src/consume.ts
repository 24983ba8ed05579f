import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@guichet/log';
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  NatsError,
  nanos,
  nuid,
} from 'nats';
import { type Broker, lossOf } from './broker.ts';
import { consumerLag } from './consumer-lag.ts';
import type { DeadLetters } from './dead-letters.ts';
import { handleOrBury } from './handle-or-bury.ts';
import type { Parsed, Received } from './received.ts';
import type { StreamName } from './streams.ts';

/** A consumption that runs until it is stopped. */
export interface Consumption {
  /**
   * Messages of the stream that are not handled yet.
   * @throws while NATS is unavailable
   */
  lag(): Promise<number>;
  /** Takes nothing new, lets the batch in hand finish, then resolves. */
  stop(): Promise<void>;
}

interface ConsumeOptions<T> {
  broker: Broker;
  stream: StreamName;
  log: Log;
  /** Messages a batch holds at most. */
  maxBatch?: number;
  /** Reads a message. One for which it throws is a dead letter at once, and never reaches `onBatch`. */
  parse: (message: Received) => T;
  /**
   * Handles a batch. Where it throws a transient error, the batch is offered again after a pause. Where it throws anything else, the
   * batch is split until the message at fault is alone, and that one becomes a dead letter.
   */
  onBatch: (batch: readonly Parsed<T>[]) => Promise<void>;
  /** Where messages go that can't be handled, and which errors say nothing about a message. */
  deadLetters: DeadLetters;
}

const PULLING = { expires: 30_000, idle_heartbeat: 5_000 };

/**
 * Consumes a stream through a durable consumer that all replicas of a service share: each message goes to one of them, and comes
 * again unless the handler acknowledges it. Outlives NATS being away and the consumer being lost. No message can stop it: see
 * `ConsumeOptions`.
 */
export function consumeBatches<T>(
  options: ConsumeOptions<T> & {
    durable: string;
    ackWaitMs?: number;
    maxDeliver?: number;
    maxAckPending?: number;
  },
): Consumption {
  const { broker, stream, durable } = options;
  const lag = () => consumerLag(broker, stream, durable);
  return keepConsuming({ ...options, lag }, 'acknowledges', async () => {
    const { jetstream, manager } = await broker.whenReady();
    await ensureConsumer(manager, stream, durable, {
      ack_wait: nanos(options.ackWaitMs ?? 30_000),
      max_deliver: options.maxDeliver ?? -1,
      max_ack_pending: options.maxAckPending ?? 5_000,
    });
    const consumer = await jetstream.consumers.get(stream, durable);
    return consumer.consume({ max_messages: (options.maxBatch ?? 500) * 2, ...PULLING });
  });
}

async function ensureConsumer(
  manager: JetStreamManager,
  stream: StreamName,
  durable: string,
  settings: Pick<ConsumerConfig, 'ack_wait' | 'max_deliver' | 'max_ack_pending'>,
): Promise<void> {
  try {
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ...settings,
    });
  } catch (error) {
    // From NATS 2.10 on, a consumer that stands with an older release's settings is not changed by adding it again.
    if (!(error instanceof NatsError) || !/already (?:exists|in use)/.test(error.message)) throw error;
    await manager.consumers.update(stream, durable, settings);
  }
}

/**
 * Follows a stream from the last message of each subject on: every replica sees all of it, at each start anew, in order. For
 * projections and maps that can be made again at any time.
 */
export function followLatest<T>(options: ConsumeOptions<T> & { onCaughtUp?: () => void }): Consumption {
  const { broker, stream, onCaughtUp } = options;
  let nextSequence = 0;
  let madeAt = '';
  let caughtUp = false;
  const noteCaughtUp = () => {
    if (!caughtUp) onCaughtUp?.();
    caughtUp = true;
  };
  const onHandled = (batch: readonly Received[]) => {
    nextSequence = (batch.at(-1)?.sequence ?? 0) + 1;
    if (batch.at(-1)?.pending === 0) noteCaughtUp();
  };
  const lag = async () => {
    if (!broker.ready()) throw new Error('NATS is unavailable');
    const { manager } = await broker.whenReady();
    const { state, created } = await manager.streams.info(stream);
    const handled = created === madeAt ? nextSequence - 1 : 0;
    return Math.max(0, Math.min(state.messages, state.last_seq - Math.max(0, handled)));
  };
  return keepConsuming({ ...options, lag, onHandled }, 'follows', async () => {
    const { jetstream, manager } = await broker.whenReady();
    const { state, created } = await manager.streams.info(stream);
    // A stream that was lost and made again starts over, and so do we.
    const resumes = created === madeAt && nextSequence > 0 && nextSequence <= state.last_seq + 1;
    madeAt = created;
    if (state.messages === 0) noteCaughtUp();
    const { name } = await manager.consumers.add(stream, {
      name: nuid.next(),
      ack_policy: AckPolicy.None,
      inactive_threshold: nanos(60_000),
      mem_storage: true,
      num_replicas: 1,
      ...(resumes
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: nextSequence }
        : { deliver_policy: DeliverPolicy.LastPerSubject, filter_subject: `${subjectRoot(stream)}.>` }),
    });
    const consumer = await jetstream.consumers.get(stream, name);
    return consumer.consume({ max_messages: 1_000, ...PULLING });
  });
}

function subjectRoot(stream: StreamName): string {
  return {
    LOG: 'log',
    MAIL: 'mail',
    MAIL_DEAD_LETTERS: 'dead.mail',
    USERS: 'users',
    REVOCATIONS: 'revocations',
  }[stream];
}

function keepConsuming<T>(
  options: ConsumeOptions<T> & {
    lag: () => Promise<number>;
    onHandled?: (batch: readonly Received[]) => void;
  },
  manner: 'acknowledges' | 'follows',
  open: () => Promise<ConsumerMessages>,
): Consumption {
  const { broker, stream, log, maxBatch = 500 } = options;
  const stopping = new AbortController();
  let handling: Promise<void> = Promise.resolve();

  async function consumeOnce(): Promise<void> {
    await broker.whenReady();
    const lost = lossOf(broker);
    const opened = await open();
    // What was on its way when the connection broke is not sent to us again: we open anew from where we are.
    const end = () => opened.stop();
    for (const signal of [lost, stopping.signal]) {
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
    }
    void watchConsumer(opened);
    try {
      handling = handleAll(opened);
      await handling;
    } finally {
      for (const signal of [lost, stopping.signal]) signal.removeEventListener('abort', end);
      end();
    }
  }

  async function handleAll(opened: ConsumerMessages): Promise<void> {
    const waiting: Received[] = [];
    let ended = false;
    let wake: () => void = () => undefined;
    let resume: () => void = () => undefined;
    const reading = (async () => {
      try {
        for await (const message of opened) {
          waiting.push(receive(message));
          wake();
          // More is not asked for while this much waits, or what waits long would come twice.
          if (waiting.length < maxBatch * 2 || stopping.signal.aborted) continue;
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
      } finally {
        ended = true;
        wake();
      }
    })();

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
    resume();
    await reading;
    giveBack(waiting);
  }

  async function handle(batch: readonly Received[]): Promise<void> {
    const unhandled = await handleOrBury(batch, {
      ...options,
      signal: stopping.signal,
      pause,
      acknowledges: manner === 'acknowledges',
    });
    if (unhandled.length === 0) options.onHandled?.(batch);
    giveBack(unhandled);
  }

  /** What was taken and not handled goes to another replica at once, rather than when its time to acknowledge is over. */
  function giveBack(taken: readonly Received[]): void {
    if (manner === 'acknowledges') for (const message of taken) message.retryAfter(0);
  }

  // A consumer that was deleted, or a stream that was lost, ends the iterator, so that it is opened anew.
  async function watchConsumer(opened: ConsumerMessages): Promise<void> {
    for await (const status of await opened.status()) {
      if (['consumer_deleted', 'stream_not_found', 'consumer_not_found'].includes(status.type)) opened.stop();
    }
  }

  function pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  void (async () => {
    while (!stopping.signal.aborted) {
      try {
        await consumeOnce();
      } catch (error) {
        if (stopping.signal.aborted) return;
        const missing = error instanceof NatsError && error.code === '404';
        log.warn(
          { err: error, stream },
          missing ? 'the stream is not there yet' : 'the consumption broke off',
        );
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
    working: () => message.working(),
  };
}
