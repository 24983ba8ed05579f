import type { ServiceName } from '@guichet/contract';

/** A message as a handler sees it. */
export interface Received {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
  /** The service that sealed it; null before it is opened, and if events are not sealed. */
  readonly sender?: ServiceName | null;
  /** Place in the stream. */
  readonly sequence: number;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** Messages of this consumer that wait behind it. */
  readonly pending: number;
  /** Acknowledges it: it never comes again. */
  ack(): void;
  /** Has it delivered again after `delayMs`. */
  retryAfter(delayMs: number): void;
  /** Restarts the time within which it must be acknowledged. */
  working(): void;
}

/** A message with its parsed value. */
export interface Parsed<T> extends Received {
  readonly value: T;
}
