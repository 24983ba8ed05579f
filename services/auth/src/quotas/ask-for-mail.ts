import { createHash } from 'node:crypto';
import { emailKey } from '@guichet/contract';
import type { Transaction } from '@guichet/database';
import { askOnceMore } from './rules.ts';
import { lockMoments, writeMoments } from './store.ts';

const HOUR_MS = 60 * 60 * 1000;
const PER_ADDRESS = { limit: 5, windowMs: HOUR_MS };
const PER_NETWORK_ADDRESS = { limit: 60, windowMs: HOUR_MS };

/**
 * Counts one more mail to an address that anyone may name: five an hour. @returns null, or the seconds until the next is free
 */
export async function askForMail(trx: Transaction, email: string, now: Date): Promise<number | null> {
  return ask(trx, `mail:${emailKey(email)}`, now, PER_ADDRESS);
}

/** Counts one more mail that a network address asks for: sixty an hour. @returns null, or the seconds until the next is free */
export async function askFromNetwork(trx: Transaction, ip: string, now: Date): Promise<number | null> {
  return ask(trx, `ip:${ip}`, now, PER_NETWORK_ADDRESS);
}

async function ask(
  trx: Transaction,
  address: string,
  now: Date,
  quota: { limit: number; windowMs: number },
): Promise<number | null> {
  const addressHash = createHash('sha256').update(address).digest('hex');
  const before = await lockMoments(trx, addressHash, now);
  const { moments, retryAfterSeconds } = askOnceMore(before, now.getTime(), quota);
  await writeMoments(trx, addressHash, moments);
  return retryAfterSeconds;
}
