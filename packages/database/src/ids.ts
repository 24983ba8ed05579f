import { randomFillSync, randomInt } from 'node:crypto';
import { v5, v7 } from 'uuid';

// A process may pass a time that is days from the machine's, so ids with and without a given time keep separate orders.
const byMachine = { lastMs: 0, sequence: 0 };
const byGiven = { lastMs: 0, sequence: 0 };

// Random bytes are generated for many ids at once: a call for each would cost more than the rest of the id.
const RANDOM_BYTES = 16;
const random = new Uint8Array(256 * RANDOM_BYTES);
let randomUsed = random.length;

function nextRandom(): Uint8Array {
  if (randomUsed === random.length) {
    randomFillSync(random);
    randomUsed = 0;
  }
  randomUsed += RANDOM_BYTES;
  return random.subarray(randomUsed - RANDOM_BYTES, randomUsed);
}

/**
 * A UUIDv7 (RFC 9562): ordered by time, and within this process by the order of the calls, separately for ids with a given time and without one. The
 * application generates it, because AUTO_INCREMENT has gaps on a Galera cluster.
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
  return v7({ msecs: last.lastMs, seq: last.sequence, random: nextRandom() });
}

/** A name-based UUIDv5 (RFC 9562): the same for the same name and namespace, so that what already has a key needs no stored id. */
export function nameBasedId(name: string, namespace: string): string {
  return v5(name, namespace);
}

/** The lowest possible id of `moment`: every later id is above it. */
export function firstIdOf(moment: Date): string {
  const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
