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

/** A message with what `parse` read out of it. */
export interface Parsed<T> extends Received {
  readonly value: T;
}
