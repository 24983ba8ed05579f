/** The load pod's report for one second. */
export interface LoadSecond {
  at: number;
  sent: number;
  answered: number;
  failed: Record<string, number>;
  /** Deposits that the bank acknowledged as posted. */
  posted: number;
  /** Requested deposits without a reply to their approval. */
  unknown: number;
  durations_ms: number[];
}

export interface Tally {
  sent: number;
  failed: Readonly<Record<string, number>>;
  failures: number;
  posted: number;
  unknown: number;
  medianMs: number;
  p99Ms: number;
  slowestMs: number;
  /** From the first second with a failure to the last, inclusive. */
  brokenSeconds: number;
}

export function addUp(seconds: readonly LoadSecond[]): Tally {
  const failed: Record<string, number> = {};
  for (const second of seconds) {
    for (const [what, times] of Object.entries(second.failed)) failed[what] = (failed[what] ?? 0) + times;
  }
  const durations = seconds.flatMap(({ durations_ms }) => durations_ms).sort((one, other) => one - other);
  const at = (part: number): number =>
    durations[Math.min(durations.length - 1, Math.floor(durations.length * part))] ?? 0;
  const broken = seconds.filter((second) => Object.keys(second.failed).length > 0);
  const sum = (of: (second: LoadSecond) => number): number =>
    seconds.reduce((total, second) => total + of(second), 0);
  return {
    sent: sum(({ answered }) => answered),
    failed,
    failures: Object.values(failed).reduce((total, times) => total + times, 0),
    posted: sum(({ posted }) => posted),
    unknown: sum(({ unknown }) => unknown),
    medianMs: at(0.5),
    p99Ms: at(0.99),
    slowestMs: durations.at(-1) ?? 0,
    brokenSeconds:
      broken.length === 0 ? 0 : Math.round(((broken.at(-1)?.at ?? 0) - (broken[0]?.at ?? 0)) / 1000) + 1,
  };
}

/** `2512 requests, 0 failed, median 12 ms, p99 85 ms`. */
export function summaryOf({ sent, failures, medianMs, p99Ms, slowestMs }: Tally): string {
  return `${sent} requests, ${failures} failed; median ${medianMs} ms, p99 ${p99Ms} ms, slowest ${slowestMs} ms`;
}

/** The most frequent failures first. */
export function failureLines({ failed }: Tally): string[] {
  return Object.entries(failed)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 12)
    .map(([what, times]) => `${times} × ${what}`);
}
