/** Returns the names of the missing prerequisites; empty if the process can serve. */
export type ReadinessCheck = () => Promise<readonly string[]>;

/** The answers to the probes: whether the process has started, and whether it can serve now. */
export interface Health {
  /** Set when the process is listening, with valid settings and the schema of this release. */
  started: boolean;
  /** Whether the process is shutting down and takes no new work. */
  readonly draining: boolean;
  ready: ReadinessCheck;
}

const READY_CACHE_MS = 2_000;

/** Caches the answer of `check` for two seconds, so that probes cost little. */
export function createHealth(check: ReadinessCheck, stopping?: AbortSignal): Health {
  let checkedAt = Number.NEGATIVE_INFINITY;
  let answer: Promise<readonly string[]> = Promise.resolve([]);
  const health: Health = {
    started: false,
    get draining() {
      return stopping?.aborted === true;
    },
    async ready() {
      if (health.draining) return ['draining'];
      if (!health.started) return ['starting'];
      if (performance.now() - checkedAt > READY_CACHE_MS) {
        checkedAt = performance.now();
        answer = check().catch((): readonly string[] => ['the check itself']);
      }
      return answer;
    },
  };
  return health;
}
