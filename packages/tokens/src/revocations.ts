/** Sessions that ended before their tokens did. */
export interface Revocations {
  /** Refuses the session's tokens until `until`, when the last of them has expired anyway. */
  add(sessionId: string, until: Date): void;
  has(sessionId: string): boolean;
  readonly size: number;
}

/** A map that forgets a session once its last token would have expired. */
export function createRevocations(clock: () => Date = () => new Date()): Revocations {
  const untilBySession = new Map<string, number>();
  let additions = 0;

  function prune(): void {
    const now = clock().getTime();
    for (const [sessionId, until] of untilBySession) if (until <= now) untilBySession.delete(sessionId);
  }

  return {
    add(sessionId, until) {
      untilBySession.set(sessionId, until.getTime());
      additions += 1;
      if (additions % 1_000 === 0) prune();
    },
    has: (sessionId) => untilBySession.has(sessionId),
    get size() {
      return untilBySession.size;
    },
  };
}
