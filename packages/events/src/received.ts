import type { ServiceName } from '@guichet/contract';

/** A message as a handler sees it. */
export interface Received {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
  /** The service that sealed it; null before it is opened, and if events are not sealed. */
  readonly sender?: ServiceName | null;
  /** The sequence in the stream. */
  readonly sequence: number;
  /** The number of deliveries so far; 1 at the first. */
  readonly deliveries: number;
  /** The number of messages of this consumer that wait after it. */
  readonly pending: number;
  /** Acknowledges the message: it is not delivered again. */
  ack(): void;
  /** Requests another delivery after `delayMs`. */
  retryAfter(delayMs: number): void;
  /** Restarts the time within which it must be acknowledged. */
  working(): void;
}

/** A message with its parsed value. */
export interface Parsed<T> extends Received {
  readonly value: T;
}
