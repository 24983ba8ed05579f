import { allOf, type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';

/** A device on which its user has signed in. The token that proves it is stored by its hash only. */
export interface TrustedDevice {
  id: string;
  user_id: string;
  token_hash: string;
  /** Wrong passwords and codes since the last sign-in. */
  failures: number;
  created_at: Date;
  last_used_at: Date;
}

const devices = table<TrustedDevice>('trusted_devices', {
  id: 'id',
  user_id: 'user_id',
  token_hash: 'token_hash',
  failures: 'failures',
  created_at: 'created_at',
  last_used_at: 'last_used_at',
});

export async function findDeviceByToken(
  db: Database,
  tokenHash: string,
  usedAfter: Date,
): Promise<TrustedDevice | null> {
  return queryOnce(db, devices.find(sql`token_hash = ${tokenHash} AND last_used_at > ${usedAfter}`));
}

export async function findDevice(
  db: Database | Transaction,
  id: string,
  usedAfter: Date,
): Promise<TrustedDevice | null> {
  return queryOnce(db, devices.find(sql`id = ${id} AND last_used_at > ${usedAfter}`));
}

export async function lockDevice(
  trx: Transaction,
  id: string,
  usedAfter: Date,
): Promise<TrustedDevice | null> {
  return queryOnce(trx, devices.lockOne(sql`id = ${id} AND last_used_at > ${usedAfter}`));
}

export async function insertDevice(trx: Transaction, device: TrustedDevice): Promise<void> {
  await queryOnce(trx, devices.insert([device]));
}

export async function writeDeviceFailures(trx: Transaction, id: string, failures: number): Promise<void> {
  await queryOnce(trx, devices.update({ failures }, sql`id = ${id}`));
}

/** Gives a device another token after a sign-in. */
export async function renewDevice(trx: Transaction, id: string, tokenHash: string, now: Date): Promise<void> {
  const renewed = { token_hash: tokenHash, failures: 0, last_used_at: now };
  await queryOnce(trx, devices.update(renewed, sql`id = ${id}`));
}

export async function deleteDevice(trx: Transaction, id: string): Promise<void> {
  await queryOnce(trx, devices.delete(sql`id = ${id}`));
}

/** Deletes the devices of a user, except one. */
export async function deleteDevices(trx: Transaction, userId: string, except: string | null): Promise<void> {
  const others = except === null ? undefined : sql`id <> ${except}`;
  await queryOnce(trx, devices.delete(allOf(sql`user_id = ${userId}`, others)));
}

/** Deletes the devices of a user beyond the `count` that were used last. The user must be locked. */
export async function keepLastUsed(trx: Transaction, userId: string, count: number): Promise<void> {
  const used = await queryOnce(
    trx,
    devices.select(sql`user_id = ${userId} ORDER BY last_used_at DESC, id DESC`),
  );
  const ids = used.slice(count).map(({ id }) => id);
  if (ids.length > 0) await queryOnce(trx, devices.delete(sql`id IN (${ids})`));
}

export async function deleteUnusedDevices(trx: Transaction, before: Date, limit: number): Promise<number> {
  return queryOnce(trx, devices.delete(sql`last_used_at < ${before} LIMIT ${limit}`));
}
