import { sleep } from '@guichet/time';
import { type DatabaseError, isDuplicateKey, isRetryable, isWriterLost } from './errors.ts';

/** What a retry needs to know about a pool. */
export interface Recovery {
  /** Whether another server may take over, so that it's worth waiting. */
  readonly mayMove: boolean;
  /** Resolves when it's known whether the writer of before still takes writes. */
  recover(): Promise<void>;
}

/**
 * How long a transaction is run again while the writer is lost. The callers of a service give up after ten seconds, and the last run may wait four more for a connection; a
 * Galera cluster needs five, by default, to give up a member that is gone without a word.
 */
const RUN_AGAIN_WITHIN_MS = 5_500;

const LONGEST_PAUSE_MS = 200;

export interface RetryOptions {
  /** How often it may run if each time it collides with another transaction; with several servers, at least until the deadline. */
  attempts: number;
  /** Whether it may run again although an earlier run may have been committed. */
  isRepeatable?: boolean;
}

/**
 * Runs `work`, a whole transaction or a query of its own, again: after a deadlock, a lock wait or a changed record at most `attempts` times; and, where another server may take over,
 * after the loss of the writer, until a deadline. While processes move from one Galera node to another, the same transaction can fail its certification many times in a row, so that it's also
 * repeated until then.
 */
export async function retryTransaction<Result>(
  recovery: Recovery,
  work: () => Promise<Result>,
  { attempts, isRepeatable = false }: RetryOptions,
): Promise<Result> {
  const giveUpAt = performance.now() + RUN_AGAIN_WITHIN_MS;
  for (let collisions = 0; ; ) {
    try {
      return await work();
    } catch (error) {
      if (isRetryable(error)) {
        collisions += 1;
        if (collisions >= attempts && (!recovery.mayMove || performance.now() >= giveUpAt)) throw error;
        // After a random pause, so that the same two do not collide again.
        await sleep(Math.random() * Math.min(10 * collisions, LONGEST_PAUSE_MS));
        continue;
      }
      if (!recovery.mayMove || !isWriterLost(error) || performance.now() >= giveUpAt) throw error;
      if ((error as DatabaseError).isOutcomeUnknown === true && !isRepeatable) throw error;
      await recovery.recover();
    }
  }
}

/**
 * Runs `work`, a whole transaction, again if another transaction has written a row with the same key meanwhile: the next attempt finds that row, or
 * picks another random number. With a `keyName`, only for that key.
 */
export async function retryOnDuplicateKey<Result>(
  work: () => Promise<Result>,
  { attempts = 3, keyName }: { attempts?: number; keyName?: string } = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !isDuplicateKey(error, keyName)) throw error;
    }
  }
}
