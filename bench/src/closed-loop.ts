import { setTimeout as sleep } from 'node:timers/promises';

/** The result of a case: completed units, the duration, and the time of each call in milliseconds. */
export interface Measured {
  done: number;
  refused: number;
  seconds: number;
  latenciesMs: Float64Array;
  /** The text of the first refusal, or null. */
  refusal: string | null;
}

/** A call of one worker. Returns the number of units it completed, `null` if there is no work left, or the refusal. */
export type Call = () => Promise<number | null | { refusal: string }>;

/**
 * Runs all workers in parallel, each with one call at a time, for `seconds` or until there is no work left; with `perSecond`, no more calls than that are
 * started in a second, evenly.
 */
export async function runClosedLoop(
  workers: readonly Call[],
  seconds: number,
  perSecond = Number.POSITIVE_INFINITY,
): Promise<Measured> {
  const latencies: number[] = [];
  const measured = { done: 0, refused: 0, refusal: null as string | null };
  const beganAt = performance.now();
  const endsAt = beganAt + seconds * 1_000;
  let endedAt = Number.POSITIVE_INFINITY;

  const pauseMs = (workers.length / perSecond) * 1_000;

  async function work(call: Call, index: number): Promise<void> {
    let startAt = beganAt + (pauseMs * index) / workers.length;
    for (let at = performance.now(); at < endsAt; ) {
      if (pauseMs > 0) {
        await sleep(Math.max(0, startAt - at));
        at = performance.now();
        if (at >= endsAt) return;
        startAt += pauseMs;
      }
      const outcome = await call();
      const now = performance.now();
      if (outcome === null) {
        endedAt = Math.min(endedAt, at);
        return;
      }
      latencies.push(now - at);
      if (typeof outcome === 'number') measured.done += outcome;
      else {
        measured.refused += 1;
        measured.refusal ??= outcome.refusal;
      }
      at = now;
    }
  }

  await Promise.all(workers.map(work));
  const endAt = performance.now();
  return {
    ...measured,
    seconds: (endAt - beganAt) / 1_000,
    latenciesMs: Float64Array.from(latencies).sort(),
  };
}

/** The value below which the given share of the sorted `values` lies. */
export function percentile(values: ArrayLike<number>, share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
