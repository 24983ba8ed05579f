import { createHash } from 'node:crypto';
import { emailKey, networkOf, ONE_CLIENT } from '@guichet/contract';
import { type Database, type Transaction, transaction } from '@guichet/database';
import { type Problem, problems } from '@guichet/errors';
import type { Deps } from '../deps.ts';
import { countUse, QUOTAS, type Quota } from './rules.ts';
import { lockMoments, readMoments, writeMoments } from './store.ts';

/** One use of a quota, by the subject that it counts for. */
interface Use {
  quota: Quota;
  subject: string;
}

/** A quota per email address, shared by all clients. */
export function byMailAddress(quota: Quota, email: string): Use {
  return { quota, subject: emailKey(email) };
}

/** A quota per network address; for an IPv6 address, its /64. */
export function byNetwork(quota: Quota, ip: string | null): Use {
  return { quota, subject: networkOf(ip, ONE_CLIENT) };
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

/** Counts one use. @returns null, or the seconds until the next use is allowed */
export async function useQuota(trx: Transaction, use: Use, now: Date): Promise<number | null> {
  const hash = hashOf(use);
  const before = await lockMoments(trx, hash, now);
  const { moments, retryAfterSeconds } = countUse(before, now.getTime(), QUOTAS[use.quota]);
  if (retryAfterSeconds === null) await writeMoments(trx, hash, moments);
  return retryAfterSeconds;
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
