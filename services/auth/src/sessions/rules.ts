import { createHash } from 'node:crypto';
import { networkOf } from '@guichet/contract';

/** Refreshes with one token within this time get the same answer: two tabs may refresh at once, or a reply may be lost. */
export const REFRESH_GRACE_MS = 10_000;

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

/** How to treat a refresh token: `rotate` it, `repeat` the last answer, or end the session for `theft`. */
export function classifyRefresh(usedAt: Date | null, now: Date): 'rotate' | 'repeat' | 'theft' {
  if (usedAt === null) return 'rotate';
  return now.getTime() - usedAt.getTime() < REFRESH_GRACE_MS ? 'repeat' : 'theft';
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
