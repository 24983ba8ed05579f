import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@guichet/log';
import { AckPolicy, type ConsumerMessages, DeliverPolicy, type JsMsg, NatsError, nanos } from 'nats';
import type { Broker } from './broker.ts';
import type { StreamName } from './streams.ts';

/** A message as a handler sees it. */
export interface Received {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
  /** Place in the stream. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** Messages of this consumer that wait behind it. */
  readonly pending: number;
  /** Done with: it never comes again. */
  ack(): void;
  /** Comes again after `delayMs`. */
  retryAfter(delayMs: number): void;
  /** Still at work: the time to acknowledge starts anew. */
  working(): void;
}

/** A consumption that runs until it is stopped. */
export interface Consumption {
  /** Takes nothing new, lets the batch in hand finish, then resolves. */
  stop(): Promise<void>;
}

interface ConsumeOptions {
  broker: Broker;
  stream: StreamName;
  log: Log;
  /** Messages a batch holds at most. */
  maxBatch?: number;
  /** Works on a batch. Where it throws, the batch is offered again after a pause, whole. */
  onBatch: (batch: readonly Received[]) => Promise<void>;
}

/**
 * Consumes a stream through a durable consumer that all replicas of a service share: each message goes to one of them, and comes
 * again unless the handler acknowledges it. Outlives NATS being away and the consumer being lost.
 */
export function consumeBatches(
  options: ConsumeOptions & {
    durable: string;
    ackWaitMs?: number;
    maxDeliver?: number;
    maxAckPending?: number;
  },
): Consumption {
  const { broker, stream, durable } = options;
  return keepConsuming(options, 'acknowledges', async () => {
    const { jetstream, manager } = await broker.whenReady();
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      ack_wait: nanos(options.ackWaitMs ?? 30_000),
      max_deliver: options.maxDeliver ?? -1,
      max_ack_pending: options.maxAckPending ?? 5_000,
    });
    const consumer = await jetstream.consumers.get(stream, durable);
    return consumer.consume({
      max_messages: (options.maxBatch ?? 500) * 2,
      expires: 30_000,
      idle_heartbeat: 5_000,
    });
  });
}

/**
 * Follows a stream from the last message of each subject on: every replica sees all of it, at each start anew, in order. For
 * projections and maps that can be made again at any time.
 */
export function followLatest(options: ConsumeOptions & { onCaughtUp?: () => void }): Consumption {
  const { broker, stream, onCaughtUp } = options;
  let nextSequence = 0;
  let caughtUp = false;
  const noteCaughtUp = () => {
    if (!caughtUp) onCaughtUp?.();
    caughtUp = true;
  };
  const onBatch = async (batch: readonly Received[]) => {
    await options.onBatch(batch);
    nextSequence = (batch.at(-1)?.sequence ?? 0) + 1;
    if (batch.at(-1)?.pending === 0) noteCaughtUp();
  };
  return keepConsuming({ ...options, onBatch }, 'follows', async () => {
    const { jetstream, manager } = await broker.whenReady();
    const { state } = await manager.streams.info(stream);
    // A stream that was lost and made again starts over, and so do we.
    const resumes = nextSequence > 0 && nextSequence <= state.last_seq + 1;
    if (state.messages === 0) noteCaughtUp();
    const consumer = await jetstream.consumers.get(
      stream,
      resumes
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: nextSequence }
        : { deliver_policy: DeliverPolicy.LastPerSubject, filterSubjects: `${subjectRoot(stream)}.>` },
    );
    return consumer.consume({ max_messages: 1_000, expires: 30_000, idle_heartbeat: 5_000 });
  });
}

function subjectRoot(stream: StreamName): string {
  return { LOG: 'log', MAIL: 'mail', MAIL_ASIDE: 'aside.mail', USERS: 'users', REVOCATIONS: 'revocations' }[
    stream
  ];
}

function keepConsuming(
  options: ConsumeOptions,
  manner: 'acknowledges' | 'follows',
  open: () => Promise<ConsumerMessages>,
): Consumption {
  const { stream, log, onBatch, maxBatch = 500 } = options;
  const stopping = new AbortController();
  let messages: ConsumerMessages | null = null;

  async function consumeOnce(): Promise<void> {
    messages = await open();
    if (stopping.signal.aborted) return messages.stop();
    const opened = messages;
    const waiting: Received[] = [];
    let wake: () => void = () => undefined;
    let readOn: () => void = () => undefined;
    let ended = false;
    const reading = (async () => {
      try {
        for await (const message of opened) {
          waiting.push(receive(message));
          wake();
          // What is read too far ahead runs out of its time to acknowledge before its turn comes, and is delivered twice.
          if (waiting.length >= maxBatch && !stopping.signal.aborted) {
            await new Promise<void>((resolve) => {
              readOn = resolve;
            });
          }
        }
      } finally {
        ended = true;
        wake();
      }
    })();
    void watchConsumer(opened);

    while (!ended || waiting.length > 0) {
      if (stopping.signal.aborted) break;
      if (waiting.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const batch = waiting.splice(0, maxBatch);
      readOn();
      await handle(batch);
    }
    readOn();
    await reading;
  }

  async function handle(batch: Received[]): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      try {
        return await onBatch(batch);
      } catch (error) {
        log.warn(
          { err: error, stream, messages: batch.length },
          'a batch could not be handled and will be tried again',
        );
        const delayMs = Math.min(100 * 2 ** attempt, 5_000);
        if (manner === 'acknowledges') {
          for (const message of batch) message.working();
        }
        await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  // A consumer that was deleted, or a stream that was lost, ends the iterator, so that it is opened anew.
  async function watchConsumer(opened: ConsumerMessages): Promise<void> {
    for await (const status of await opened.status()) {
      if (['consumer_deleted', 'stream_not_found', 'consumer_not_found'].includes(status.type)) opened.stop();
    }
  }

  const running = (async () => {
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
        await sleep(500, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  })();

  return {
    async stop() {
      stopping.abort();
      messages?.stop();
      await Promise.race([running.catch(() => undefined), sleep(10_000, undefined, { ref: false })]);
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
