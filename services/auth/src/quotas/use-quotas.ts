import { createHash } from 'node:crypto';
import { emailKey, networkOf, ONE_CLIENT } from '@guichet/contract';
import { plain, sentence } from '@guichet/contract/events';
import { type Database, type Transaction, transaction } from '@guichet/database';
import { type Problem, problems } from '@guichet/errors';
import type { OutboxMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import { actionLogged } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { countUse, type NetworkQuota, QUOTAS, type Quota } from './rules.ts';
import { lockUses, readMoments, writeUses } from './store.ts';

/** One use of a quota, by the subject that it counts for. */
interface Use {
  quota: Quota;
  subject: string;
  /** Where it came from, if the audit log should say that the quota is used up. */
  origin: Origin | null;
}

/** A quota per email address, shared by all clients; without an origin, to read its uses. */
export function byMailAddress(quota: Quota, email: string, origin: Origin | null = null): Use {
  return { quota, subject: emailKey(email), origin };
}

/** A quota per network address; for an IPv6 address, its /64. */
export function byNetwork(quota: NetworkQuota, origin: Origin): Use {
  return { quota, subject: networkOf(origin.ip, ONE_CLIENT), origin };
}

/**
 * Counts one use of each quota in order, until one is used up: a network address over its quota must not use up the quotas of the mail
 * addresses that it names. Each is counted in its own transaction: a request counts whether it succeeds or not.
 * @throws Problem `too_many_requests`
 */
export async function useOrRefuse(deps: Deps, ...uses: readonly Use[]): Promise<void> {
  for (const use of uses) {
    const seconds = await useAlone(deps, use);
    if (seconds !== null) throw tooManyRequests(seconds);
  }
}

/** Counts one use, in its own transaction. @returns null, or the seconds until the next use is allowed */
export function useAlone(deps: Deps, use: Use): Promise<number | null> {
  // Two new rows in one transaction would deadlock with transactions that wait for the first one: InnoDB locks the gap before it.
  return transaction(deps.db, (trx) => useQuota(trx, use, deps.clock()));
}

/**
 * Counts one use. When a network or email address has used up its quota, that is logged, once in the time of the quota: a flood of refused requests then costs
 * no entry and no write. @returns null, or the seconds until the next use is allowed
 */
export async function useQuota(trx: Transaction, use: Use, now: Date): Promise<number | null> {
  const hash = hashOf(use);
  const before = await lockUses(trx, hash, now);
  const { limit, windowMs } = QUOTAS[use.quota];
  const { moments, retryAfterSeconds } = countUse(before.moments, now.getTime(), { limit, windowMs });
  if (retryAfterSeconds !== null) return retryAfterSeconds;
  const loggedAt = before.used_up_logged_at?.getTime() ?? Number.NEGATIVE_INFINITY;
  const isNews = moments.length === limit && loggedAt <= now.getTime() - windowMs;
  const { origin } = use;
  if (origin === null || !isNews) {
    await writeUses(trx, hash, { moments, used_up_logged_at: before.used_up_logged_at });
    return null;
  }
  await writeUses(trx, hash, { moments, used_up_logged_at: now });
  await enqueue(trx, [quotaUsedUp(now, origin, use.quota, (moments[0] ?? 0) + windowMs)]);
  return null;
}

/** The entry doesn't have the email address: it may be that of a person whom the bank doesn't know, and could not forget. */
function quotaUsedUp(now: Date, origin: Origin, quota: Quota, freeAt: number): OutboxMessage {
  const facts = {
    actor: null,
    subject: null,
    concerns: [],
    data: { quota, count: QUOTAS[quota].limit, expires_at: new Date(freeAt).toISOString() },
  } as const;
  return quota === 'mail_to_address'
    ? actionLogged(now, origin, {
        ...facts,
        action: 'MAIL_QUOTA_USED_UP',
        sentence: sentence`An email address was sent as many emails as its quota allows; more are refused.`,
      })
    : actionLogged(now, origin, {
        ...facts,
        action: 'QUOTA_USED_UP',
        sentence: sentence`A network address used up its quota ${plain(quota)}; more is refused.`,
      });
}

/** When a quota was used, in milliseconds since 1970. */
export function findUses(db: Database, use: Use): Promise<readonly number[]> {
  return readMoments(db, hashOf(use));
}

/** Checks a quota without using it. @returns the refusal `too_many_requests` while it is used up, or null */
export async function findUsedUp(db: Database, use: Use, now: Date): Promise<Problem | null> {
  const before = await readMoments(db, hashOf(use));
  const { retryAfterSeconds } = countUse(before, now.getTime(), QUOTAS[use.quota]);
  return retryAfterSeconds === null ? null : tooManyRequests(retryAfterSeconds);
}

/** @throws Problem `too_many_requests` while a quota is used up */
export async function refuseWhileUsedUp(db: Database, use: Use, now: Date): Promise<void> {
  const usedUp = await findUsedUp(db, use, now);
  if (usedUp !== null) throw usedUp;
}

export function tooManyRequests(seconds: number): Problem {
  return problems.too_many_requests(undefined, { headers: { 'Retry-After': String(seconds) } });
}

function hashOf({ quota, subject }: Use): string {
  return createHash('sha256').update(`${quota}:${subject}`).digest('hex');
}
