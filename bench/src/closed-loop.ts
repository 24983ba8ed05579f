/** What a case came to: units done, how long it took, and the time of each call in milliseconds. */
export interface Measured {
  done: number;
  refused: number;
  seconds: number;
  latenciesMs: Float64Array;
  /** The first refusal, word for word, where there was one. */
  refusal: string | null;
}

/** One worker's call: how many units it did, `null` where there is nothing left to do, or what refused it. */
export type Call = () => Promise<number | null | { refusal: string }>;

/** Runs each worker's calls one after the other, all workers side by side, for `seconds` or until there is nothing left. */
export async function runClosedLoop(workers: readonly Call[], seconds: number): Promise<Measured> {
  const latencies: number[] = [];
  const measured = { done: 0, refused: 0, refusal: null as string | null };
  const beganAt = performance.now();
  const endsAt = beganAt + seconds * 1_000;
  let endedAt = Number.POSITIVE_INFINITY;

  async function work(call: Call): Promise<void> {
    for (let at = performance.now(); at < endsAt; ) {
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

/** The value below which a share of sorted `values` lies. */
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
