/** One phase of a run, as the clients saw it. */
export interface Phase {
  /** For example `accounts frozen`. */
  name: string;
  /** Operations whose decision was acknowledged. */
  acknowledged: number;
  /** Requests without an answer, or with 5xx. */
  failed: number;
  /** How often each reason occurred. */
  reasons: Record<string, number>;
  retries: number;
  longestWithoutDecisionMs: number;
  longestRequestMs: number;
  /** From the end of the fault until the log had everything that was acknowledged by then. */
  catchUpMs: number;
}

/** Counts what happens, phase by phase. */
export class PhaseRecorder {
  readonly phases: Phase[] = [];
  #lastDecisionAt = performance.now();

  begin(name: string): void {
    this.#lastDecisionAt = performance.now();
    this.phases.push({
      name,
      acknowledged: 0,
      failed: 0,
      reasons: {},
      retries: 0,
      longestWithoutDecisionMs: 0,
      longestRequestMs: 0,
      catchUpMs: 0,
    });
  }

  /** The place of the current phase; the first one, before it begins. */
  get index(): number {
    return Math.max(0, this.phases.length - 1);
  }

  get current(): Phase {
    const phase = this.phases.at(-1);
    if (phase === undefined) throw new Error('no phase has begun');
    return phase;
  }

  /** The sum over all phases. */
  get acknowledged(): number {
    return this.phases.reduce((total, phase) => total + phase.acknowledged, 0);
  }

  attempted(tookMs: number, isRetry: boolean, failure: string | null): void {
    const phase = this.phases.at(-1);
    if (phase === undefined) return;
    phase.longestRequestMs = Math.max(phase.longestRequestMs, tookMs);
    if (failure !== null) {
      phase.failed += 1;
      phase.reasons[failure] = (phase.reasons[failure] ?? 0) + 1;
    }
    if (isRetry) phase.retries += 1;
  }

  decided(count: number): void {
    const phase = this.phases.at(-1);
    if (phase === undefined) return;
    phase.acknowledged += count;
    phase.longestWithoutDecisionMs = Math.max(phase.longestWithoutDecisionMs, this.idleMs);
    this.#lastDecisionAt = performance.now();
  }

  get idleMs(): number {
    return performance.now() - this.#lastDecisionAt;
  }
}
