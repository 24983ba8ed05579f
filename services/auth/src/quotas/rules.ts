/**
 * Whether one more may be asked for at `now`, where `limit` are free in any span of `windowMs`. Moments are milliseconds, oldest
 * first. @returns the moments to keep, and null or the seconds until the next is free
 */
export function askOnceMore(
  moments: readonly number[],
  now: number,
  { limit, windowMs }: { limit: number; windowMs: number },
): { moments: number[]; retryAfterSeconds: number | null } {
  const recent = moments.filter((moment) => moment > now - windowMs);
  if (recent.length < limit) return { moments: [...recent, now], retryAfterSeconds: null };
  const freeAt = (recent[recent.length - limit] ?? now) + windowMs;
  return { moments: recent, retryAfterSeconds: Math.max(1, Math.ceil((freeAt - now) / 1000)) };
}
