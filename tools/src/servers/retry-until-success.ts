import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Repeats `attempt` until it succeeds, for at most `withinMs`.
 * @throws Error that names `what`, with the last failure as its cause
 */
export async function retryUntilSuccess<T>(
  what: string,
  withinMs: number,
  attempt: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() >= end) throw new Error(`${what} was not ready in time`, { cause: error });
      await sleep(75);
    }
  }
}
