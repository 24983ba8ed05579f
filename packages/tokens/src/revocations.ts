/** Sessions and API tokens that ended before they expired. */
export interface Revocations {
  /** Refuses the session's tokens until `until`, when the last one has expired. */
  add(sessionId: string, until: Date): void;
  has(sessionId: string): boolean;
  /** Whether entries were left out: then no token can be accepted. */
  readonly isFull: boolean;
  readonly size: number;
}

/** Far more sessions than end within the lifetime of an access token; about 30 MB. */
const ENTRIES_MAX = 200_000;
/** No token lives longer: the maximum of auth's TOKEN_TTL_SECONDS, and the allowed clock skew. */
const TOKEN_LIFE_MAX_MS = 2 * 60 * 60 * 1000;
const ID_LENGTH_MAX = 64;

// Not lru-cache: when it is full it evicts, and an evicted entry would let an ended session in. This one refuses every token instead.
/** A map that forgets a session once its last token has expired, and never holds more than `entriesMax`. */
export function createRevocations(
  clock: () => Date = () => new Date(),
  entriesMax = ENTRIES_MAX,
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
      const end = Math.min(until.getTime(), now + TOKEN_LIFE_MAX_MS);
      if (!(end > now) || sessionId.length > ID_LENGTH_MAX) return;
      additions += 1;
      const isNew = !untilBySession.has(sessionId);
      if (additions % 1_000 === 0 || (isNew && untilBySession.size >= entriesMax)) prune(now);
      if (isNew && untilBySession.size >= entriesMax) {
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
