import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';

let lastMs = 0;
let sequence = 0;

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
  return v7({ msecs: lastMs, seq: sequence });
}
