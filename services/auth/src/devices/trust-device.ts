import { type Database, newId, type Transaction } from '@guichet/database';
import { hashOpaqueToken, newOpaqueToken } from '../opaque-token.ts';
import { DEVICES_MAX, FAILURES_MAX, TRUSTED_FOR_MS } from './rules.ts';
import * as store from './store.ts';

// Device cookies, as OWASP describes them in "Slow Down Online Guessing Attacks with Device Cookies": a device that has proved an earlier sign-in
// of a user has a budget of failures of its own, so that strangers who guess the password of that user don't lock them out.

/** The id of the device that a token proves for this user; null for any other token, and for one that is trusted no more. */
export async function findTrustedDevice(
  db: Database,
  token: string | null,
  userId: string | null,
  now: Date,
): Promise<string | null> {
  if (token === null) return null;
  const device = await store.findDeviceByToken(db, hashOpaqueToken(token), trustedSince(now));
  return device !== null && device.user_id === userId ? device.id : null;
}

/** Whether a device that was trusted before still is. */
export async function isStillTrusted(
  db: Database | Transaction,
  id: string,
  userId: string,
  now: Date,
): Promise<boolean> {
  return (await store.findDevice(db, id, trustedSince(now)))?.user_id === userId;
}

/** The same, until the transaction ends. */
export async function lockTrust(trx: Transaction, id: string, userId: string, now: Date): Promise<boolean> {
  return (await store.lockDevice(trx, id, trustedSince(now)))?.user_id === userId;
}

/** Counts a wrong password or code of a trusted device; the last one of its budget ends the trust. @returns whether it was trusted until now */
export async function countDeviceFailure(
  trx: Transaction,
  id: string,
  userId: string,
  now: Date,
): Promise<boolean> {
  const device = await store.lockDevice(trx, id, trustedSince(now));
  if (device === null || device.user_id !== userId) return false;
  const failures = device.failures + 1;
  if (failures < FAILURES_MAX) await store.writeDeviceFailures(trx, id, failures);
  else await store.deleteDevice(trx, id);
  return true;
}

/**
 * Trusts a device after a sign-in. A device that was trusted before gets another token, so that a copy of the old one is worthless. The user must
 * be locked. @returns the device's id and its token, which is stored by its hash only
 */
export async function trustDevice(
  trx: Transaction,
  { userId, before }: { userId: string; before: string | null },
  now: Date,
): Promise<{ id: string; token: string }> {
  const token = newOpaqueToken();
  if (before !== null && (await lockTrust(trx, before, userId, now))) {
    await store.renewDevice(trx, before, hashOpaqueToken(token), now);
    return { id: before, token };
  }
  const id = newId(now);
  await store.insertDevice(trx, {
    id,
    user_id: userId,
    token_hash: hashOpaqueToken(token),
    failures: 0,
    created_at: now,
    last_used_at: now,
  });
  await store.keepLastUsed(trx, userId, DEVICES_MAX);
  return { id, token };
}

/** Devices that were last used before this are trusted no more. */
export function trustedSince(now: Date): Date {
  return new Date(now.getTime() - TRUSTED_FOR_MS);
}
