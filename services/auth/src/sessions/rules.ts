import { createHash } from 'node:crypto';
import { networkOf } from '@guichet/contract';

/** Two refreshes with one token in these seconds get one answer: a page and a tab, or a reply that was lost on its way. */
export const REFRESH_GRACE_MS = 10_000;

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

/** What is to be done with a refresh token: `rotate` it, `repeat` the last answer, or end the session for `theft`. */
export function judgeRefresh(usedAt: Date | null, now: Date): 'rotate' | 'repeat' | 'theft' {
  if (usedAt === null) return 'rotate';
  return now.getTime() - usedAt.getTime() < REFRESH_GRACE_MS ? 'repeat' : 'theft';
}

/**
 * By what a device is known again: its browser and its network (an IPv4 /24 or an IPv6 /48, for the rest of an address changes
 * from day to day). Kept as a hash.
 */
export function deviceHash(userAgent: string | null, ip: string | null): string {
  return createHash('sha256')
    .update(JSON.stringify([userAgent ?? '', networkOf(ip, { octets: 3, groups: 3 })]))
    .digest('hex');
}
