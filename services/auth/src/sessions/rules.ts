import { createHash } from 'node:crypto';
import { networkOf } from '@guichet/contract';

/** Refreshes with one token within this time get the same answer: two tabs may refresh at once, or a reply may be lost. */
export const REFRESH_GRACE_MS = 10_000;

/** The clocks of two replicas may differ by this without shortening that time. */
export const REPLICA_CLOCKS_MS = 5_000;

/** For how long a sign-in with the right password waits for the code of the second factor. */
export const SECOND_STEP_MS = 5 * 60_000;

/** As many wrong codes end a sign-in, which then needs the password again. */
export const WRONG_CODES_MAX = 5;

/** Clocks of the services may differ by this. */
export const CLOCK_SKEW_MS = 60_000;

interface SessionFacts {
  last_used_at: Date;
  expires_at: Date;
  ended_at: Date | null;
}

/** Whether a session may still be refreshed: not ended, not too old, and not left alone for too long. */
export function sessionIsOpen(session: SessionFacts, now: Date, idleSeconds: number): boolean {
  if (session.ended_at !== null || session.expires_at <= now) return false;
  return now.getTime() - session.last_used_at.getTime() < idleSeconds * 1000;
}

/** When a refresh token was used, in which replica, and the answer that it got, until that is deleted. */
interface RefreshFacts {
  used_at: Date | null;
  used_by: string | null;
  successor: string | null;
}

/** How to treat a refresh token in this replica: `rotate` it, `repeat` the last answer, or end the session for `theft`. */
export function classifyRefresh(
  { used_at, used_by, successor }: RefreshFacts,
  now: Date,
  replicaId: string,
): 'rotate' | 'repeat' | 'theft' {
  if (used_at === null) return 'rotate';
  if (successor === null) return 'theft';
  // Another replica wrote the time by its own clock, which may be behind ours.
  const graceMs = REFRESH_GRACE_MS + (used_by === replicaId ? 0 : REPLICA_CLOCKS_MS);
  return now.getTime() - used_at.getTime() < graceMs ? 'repeat' : 'theft';
}

/**
 * Identifies a device by its browser and network (an IPv4 /24 or an IPv6 /48, because the rest of an address changes
 * from day to day), as a SHA-256 in hex.
 */
export function deviceHash(userAgent: string | null, ip: string | null): string {
  return createHash('sha256')
    .update(JSON.stringify([userAgent ?? '', networkOf(ip, { octets: 3, groups: 3 })]))
    .digest('hex');
}
