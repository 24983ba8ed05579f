import { randomFillSync, randomInt } from 'node:crypto';
import { v7 } from 'uuid';

// A process may tell ids a time of its own, days away from the machine's: neither shall hold up the other.
const byMachine = { lastMs: 0, sequence: 0 };
const byGiven = { lastMs: 0, sequence: 0 };

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
 * A UUIDv7 (RFC 9562): ordered by time, and within this process by the order of the calls; those with a time given and those without
 * each among themselves. Made in the application, for on a Galera cluster the database's own numbers step unevenly.
 */
export function newId(now?: Date): string {
  const last = now === undefined ? byMachine : byGiven;
  const ms = now === undefined ? Date.now() : now.getTime();
  if (ms > last.lastMs) {
    last.lastMs = ms;
    last.sequence = randomInt(2 ** 31);
  } else {
    last.sequence += 1;
  }
  return v7({ msecs: last.lastMs, seq: last.sequence, random: nextChance() });
}

/** The lowest id that can have been made at `moment`: what was made since then has none below it. */
export function firstIdOf(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
