import { setTimeout as sleep } from 'node:timers/promises';

/** Retries until `probe` neither throws nor returns undefined, null or false. @throws its last error after `withinMs` */
export async function eventually<Result>(
  probe: () => Promise<Result> | Result,
  withinMs = 30_000,
): Promise<NonNullable<Result>> {
  const until = performance.now() + withinMs;
  for (;;) {
    let failure: unknown;
    try {
      const result = await probe();
      if (result !== undefined && result !== null && result !== false) return result as NonNullable<Result>;
      failure = new Error(`no result within ${withinMs} ms`);
    } catch (error) {
      failure = error;
    }
    if (performance.now() > until) throw failure;
    await sleep(20);
  }
}
