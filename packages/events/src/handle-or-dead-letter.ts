import type { StreamName } from '@guichet/contract/events';
import type { Log } from '@guichet/log';
import { type Attributes, inBatch, parseTraceparent } from '@guichet/tracing';
import { type DeadLetters, toDeadLetter } from './dead-letters.ts';
import type { Item } from './items.ts';
import type { Parsed, Received } from './received.ts';

interface Handling<T> {
  stream: StreamName;
  log: Log;
  parse: (message: Received) => T;
  traceparentOf?: ((value: T) => string | null | undefined) | undefined;
  onBatch: (batch: readonly Parsed<T>[]) => Promise<void>;
  deadLetters: DeadLetters;
  /** Whether messages are acknowledged: dead letters are, once they are stored. */
  acknowledges: boolean;
  signal: AbortSignal;
  pause: (ms: number) => Promise<void>;
}

/** How often a message that fails alone is tried before it becomes a dead letter. */
const TRIES = 3;
/** A batch that is too large for one statement fails as if the database were down, so it is split after so many tries. */
const TRANSIENT_TRIES = 4;

/**
 * Handles a batch in order. Each event ends up handled or as a dead letter, unless the signal aborts.
 * @returns the messages that were not handled by then
 */
export async function handleOrDeadLetter<T>(
  batch: readonly Item[],
  handling: Handling<T>,
): Promise<readonly Received[]> {
  const { stream, log, deadLetters, signal } = handling;
  const readable: Parsed<T>[] = [];
  const unreadable: { message: Received; error: unknown }[] = [];
  for (const { open, ...message } of batch) {
    try {
      readable.push({ ...message, value: handling.parse({ ...message, ...open() }) });
    } catch (error) {
      unreadable.push({ message, error });
    }
  }
  if (!(await keepAsDeadLetters(unreadable))) return batch;
  return handle(readable);

  async function handle(some: readonly Parsed<T>[]): Promise<readonly Received[]> {
    if (some.length === 0) return [];
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await inTheirTraces(some, () => handling.onBatch(some));
        return [];
      } catch (error) {
        const isTransient = deadLetters.isTransient(error);
        log.warn({ err: error, stream, messages: some.length, attempt }, 'batch failed');
        if (some.length > 1 && (!isTransient || attempt >= TRANSIENT_TRIES)) return handleHalves(some);
        if (!isTransient && attempt >= TRIES)
          return (await keepAsDeadLetters([{ message: some[0] as Received, error }])) ? [] : some;
        await backOff(some, attempt);
      }
    }
    return some;
  }

  function inTheirTraces(some: readonly Parsed<T>[], work: () => Promise<void>): Promise<void> {
    const { traceparentOf } = handling;
    if (traceparentOf === undefined) return work();
    const of = some.map(({ value }) => parseTraceparent(traceparentOf(value)));
    return inBatch(`process ${stream}`, { kind: 'consumer', attributes: batchOf(stream, some), of }, work);
  }

  async function handleHalves(some: readonly Parsed<T>[]): Promise<readonly Received[]> {
    const half = Math.ceil(some.length / 2);
    const left = await handle(some.slice(0, half));
    return [...left, ...(await handle(some.slice(half)))];
  }

  /** @returns false if the signal aborted before they were stored */
  async function keepAsDeadLetters(lost: readonly { message: Received; error: unknown }[]): Promise<boolean> {
    if (lost.length === 0) return true;
    const letters = lost.map(({ message, error }) => toDeadLetter(stream, message, error));
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await deadLetters.keep(letters);
        if (handling.acknowledges) for (const { message } of lost) message.ack();
        return true;
      } catch (error) {
        log.warn({ err: error, stream, messages: lost.length }, 'dead letters could not be stored');
        await backOff(
          lost.map(({ message }) => message),
          attempt,
        );
      }
    }
    return false;
  }

  async function backOff(waiting: readonly Received[], attempt: number): Promise<void> {
    if (handling.acknowledges) for (const message of waiting) message.working();
    await handling.pause(Math.min(50 * 2 ** attempt, 5_000));
  }
}

/** The attributes of OpenTelemetry's messaging conventions. */
function batchOf(stream: StreamName, batch: readonly unknown[]): Attributes {
  return {
    'messaging.system': 'nats',
    'messaging.destination.name': stream,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.batch.message_count': batch.length,
  };
}
