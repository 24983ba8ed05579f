import { randomFillSync, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

let lastMs = 0;
let sequence = 0;

// Chance is fetched for many ids at once: a call for each would cost more than all the rest of it.
const CHANCE_BYTES = 16;
const chance = new Uint8Array(256 * CHANCE_BYTES);
let chanceUsed = chance.length;

function nextChance(): Uint8Array {
  if (chanceUsed === chance.length) {
    randomFillSync(chance);
    chanceUsed = 0;
  }
  chanceUsed += CHANCE_BYTES;
  return chance.subarray(chanceUsed - CHANCE_BYTES, chanceUsed);
}

/**
 * A UUIDv7 (RFC 9562): ordered by time, and within this process by the order of the calls. Made in the application, for on a
 * Galera cluster the database's own numbers step unevenly.
 */
export function newId(now: Date = new Date()): string {
  const ms = now.getTime();
  if (ms > lastMs) {
    lastMs = ms;
    sequence = randomInt(2 ** 31);
  } else {
    sequence += 1;
  }
  return v7({ msecs: lastMs, seq: sequence, random: nextChance() });
}

/** The lowest id that can have been made at `moment`: what was made since then has none below it. */
export function firstIdOf(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
