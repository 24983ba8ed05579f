import type { StreamName } from '@guichet/contract/events';
import type { Log } from '@guichet/log';
import type { Received } from './received.ts';

/** A message that its consumer could not handle, unchanged: a sealed payload stays sealed. */
export interface DeadLetter {
  readonly stream: StreamName;
  readonly subject: string;
  readonly messageId: string;
  readonly sequence: number;
  readonly reason: string;
  readonly payload: Uint8Array;
}

/** Where a consumer puts messages that it can't handle. */
export interface DeadLetters {
  /** Stores them durably; the same letter is stored once. If it throws, the consumer waits and tries again. */
  keep(letters: readonly DeadLetter[]): Promise<void>;
  /** Whether an error has nothing to do with the message (the database is down): then the message does not become a dead letter. */
  isTransient(error: unknown): boolean;
}

const MAX_REASON = 500;

export function toDeadLetter(stream: StreamName, message: Received, error: unknown): DeadLetter {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    stream,
    subject: message.subject,
    messageId: message.id,
    sequence: message.sequence,
    reason: reason.toWellFormed().slice(0, MAX_REASON).toWellFormed(),
    payload: message.data,
  };
}

/** For a consumer whose data can be read again elsewhere: each letter is logged as an error and not stored. */
export function loggedDeadLetters(log: Log): DeadLetters {
  return {
    async keep(letters) {
      for (const { payload: _, ...letter } of letters) log.error(letter, 'message dead-lettered');
    },
    isTransient: () => false,
  };
}
