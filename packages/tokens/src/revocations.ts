/** Sessions and API tokens that ended before they expired. */
export interface Revocations {
  /** Refuses the session's tokens until `until`, when the last of them has expired anyway. */
  add(sessionId: string, until: Date): void;
  has(sessionId: string): boolean;
  /** Whether entries were left out: then no token can be accepted. */
  readonly isFull: boolean;
  readonly size: number;
}

/** Far more sessions than end within the life of an access token; about 30 MB. */
const MOST_ENTRIES = 200_000;
/** No token lives longer: the maximum of auth's TOKEN_TTL_SECONDS, and the allowed clock skew. */
const LONGEST_MS = 2 * 60 * 60 * 1000;
const LONGEST_ID = 64;

// Not lru-cache: when it is full it evicts, and an evicted entry would let an ended session in. This one refuses every token instead.
/** A map that forgets a session once its last token has expired, and never holds more than `mostEntries`. */
export function createRevocations(
  clock: () => Date = () => new Date(),
  mostEntries = MOST_ENTRIES,
): Revocations {
  const untilBySession = new Map<string, number>();
  let fullUntil = Number.NEGATIVE_INFINITY;
  let additions = 0;

  function prune(now: number): void {
    for (const [sessionId, until] of untilBySession) if (until <= now) untilBySession.delete(sessionId);
  }

  return {
    add(sessionId, until) {
      const now = clock().getTime();
      const end = Math.min(until.getTime(), now + LONGEST_MS);
      if (!(end > now) || sessionId.length > LONGEST_ID) return;
      additions += 1;
      const isNew = !untilBySession.has(sessionId);
      if (additions % 1_000 === 0 || (isNew && untilBySession.size >= mostEntries)) prune(now);
      if (isNew && untilBySession.size >= mostEntries) {
        fullUntil = Math.max(fullUntil, end);
        return;
      }
      untilBySession.set(sessionId, Math.max(end, untilBySession.get(sessionId) ?? end));
    },
    has: (sessionId) => untilBySession.has(sessionId),
    get isFull() {
      return clock().getTime() < fullUntil;
    },
    get size() {
      return untilBySession.size;
    },
  };
}
