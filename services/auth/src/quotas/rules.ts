const MINUTE_MS = 60 * 1000;

/** The number of uses allowed in any span of the window. */
export const QUOTAS = {
  mail_to_address: { limit: 5, windowMs: 60 * MINUTE_MS },
  recovery_from_network: { limit: 60, windowMs: 60 * MINUTE_MS },
  registration_from_network: { limit: 100, windowMs: 60 * MINUTE_MS },
  failed_sign_in_from_network: { limit: 300, windowMs: 15 * MINUTE_MS },
} as const satisfies Record<string, { limit: number; windowMs: number }>;

export type Quota = keyof typeof QUOTAS;
export type NetworkQuota = Extract<Quota, `${string}_from_network`>;

/**
 * Counts one more use at `now`, if fewer than `limit` were counted in the last `windowMs`. Moments are milliseconds since 1970, oldest
 * first. @returns the moments to store, and null, or the seconds until the next use is allowed
 */
export function countUse(
  moments: readonly number[],
  now: number,
  { limit, windowMs }: { limit: number; windowMs: number },
): { moments: number[]; retryAfterSeconds: number | null } {
  const recent = moments.filter((moment) => moment > now - windowMs);
  if (recent.length < limit) return { moments: [...recent, now], retryAfterSeconds: null };
  const freeAt = (recent[recent.length - limit] ?? now) + windowMs;
  return { moments: recent, retryAfterSeconds: Math.max(1, Math.ceil((freeAt - now) / 1000)) };
}
