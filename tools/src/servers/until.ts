import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries `attempt` again and again until it succeeds.
 * @throws Error naming `what` with the last failure, when `withinMs` is over
 */
export async function until<T>(
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
      if (Date.now() >= end) throw new Error(`${what} did not answer in time`, { cause: error });
      await sleep(75);
    }
  }
}
