import { sleep } from '@guichet/time';
import { isDuplicateKey, isRetryable } from './errors.ts';

/** Runs `work`, a whole transaction, again after a deadlock, a lock wait or a changed record, at most `attempts` times. */
export function retryOnDeadlock<Result>(work: () => Promise<Result>, attempts: number): Promise<Result> {
  // After a random pause, so that the same two do not collide again.
  return retry(work, attempts, isRetryable, (attempt) => sleep(Math.random() * 10 * attempt));
}

/**
 * Runs `work`, a whole transaction, again if another transaction has written a row with the same key meanwhile: the next attempt finds that row, or
 * picks another random number. With a `keyName`, only for that key.
 */
export function retryOnDuplicateKey<Result>(
  work: () => Promise<Result>,
  { attempts = 3, keyName }: { attempts?: number; keyName?: string } = {},
): Promise<Result> {
  return retry(work, attempts, (error) => isDuplicateKey(error, keyName));
}

async function retry<Result>(
  work: () => Promise<Result>,
  attempts: number,
  mayHelp: (error: unknown) => boolean,
  pause: (attempt: number) => Promise<unknown> = async () => undefined,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || !mayHelp(error)) throw error;
    }
    await pause(attempt);
  }
}
