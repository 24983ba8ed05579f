import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, queryOnce, transaction } from '@guichet/database';
import { SEQUENCE_MAX } from '../search/rules.ts';
import {
  type ActorBlock,
  firstOfActors,
  packBlocks,
  readActed,
  readActorBlocks,
} from '../stats/actor-counts-store.ts';
import { countAgain, readCounts } from '../stats/counts-store.ts';
import { findMiscountedGroup } from '../stats/group-counts-store.ts';
import { HOUR_MS } from '../stats/rules.ts';
import { readHours, readHoursAfter } from './store.ts';

const HOURS_PER_PAGE = 24;
const BLOCKS_PER_PAGE = 64;

/**
 * Counts all entries again and compares the numbers with those that charts use.
 * @returns null if they agree, else the first sequence of the first hour that differs; that is null if the hour has no entries
 */
export async function findMiscounted(
  db: Database,
  pace: Pace,
): Promise<{ firstSequence: bigint | null } | null> {
  return (await findMiscountedHour(db, pace)) ?? (await findMiscountedActors(db, pace));
}

interface Pace {
  restBetweenPages: boolean;
  signal: AbortSignal | undefined;
}

/** The first block whose numbers by actor are not those of its entries. One without numbers is no fault: its entries are counted one by one. */
async function findMiscountedActors(
  db: Database,
  { restBetweenPages, signal }: Pace,
): Promise<{ firstSequence: bigint } | null> {
  for (let first = 0n; ; ) {
    signal?.throwIfAborted();
    const began = performance.now();
    const stored = await queryOnce(db, readActorBlocks({ first, last: SEQUENCE_MAX }, BLOCKS_PER_PAGE));
    const newest = stored.at(-1);
    if (newest === undefined) return null;
    for (const row of stored) {
      const sequences = { first: firstOfActors(row.block), last: firstOfActors(row.block + 1n) - 1n };
      const [counted] = packBlocks(await queryOnce(db, readActed(sequences)));
      if (counted === undefined || !isSame(row, counted)) return { firstSequence: sequences.first };
    }
    first = newest.block + 1n;
    if (restBetweenPages) await sleep(performance.now() - began);
  }
}

function isSame(stored: ActorBlock, counted: ActorBlock): boolean {
  return (
    stored.firstTime.getTime() === counted.firstTime.getTime() &&
    stored.lastTime.getTime() === counted.lastTime.getTime() &&
    Buffer.compare(stored.counts, counted.counts) === 0
  );
}

async function findMiscountedHour(
  db: Database,
  { restBetweenPages, signal }: Pace,
): Promise<{ firstSequence: bigint | null } | null> {
  for (let after = new Date(0 - HOUR_MS); ; ) {
    signal?.throwIfAborted();
    const began = performance.now();
    const hours = await queryOnce(db, readHoursAfter(after, HOURS_PER_PAGE));
    const [first, last] = [hours[0], hours.at(-1)];
    if (first === undefined || last === undefined) return null;
    const span = { from: first, through: new Date(last.getTime() + HOUR_MS - 1) };
    // From one snapshot, so that both have the entries that arrive meanwhile, or neither has.
    const wrong = await transaction(
      db,
      async (trx) => {
        const stored = await queryOnce(trx, readCounts(span));
        const counted = await queryOnce(trx, countAgain(span));
        return earlierOf(firstDifference(stored, counted), await queryOnce(trx, findMiscountedGroup(span)));
      },
      { snapshot: true },
    );
    if (wrong !== null) {
      const ranges = await queryOnce(db, readHours([wrong.getTime() / HOUR_MS]));
      return { firstSequence: ranges.get(wrong.getTime() / HOUR_MS)?.first ?? null };
    }
    after = last;
    if (restBetweenPages) await sleep(performance.now() - began);
  }
}

function earlierOf(one: Date | null, other: Date | null): Date | null {
  return one === null || (other !== null && other < one) ? other : one;
}

type Counts = ReadonlyMap<string, { hour: Date; count: number }>;

/** The first hour that has another number in one than in the other. */
function firstDifference(stored: Counts, counted: Counts): Date | null {
  let first: Date | null = null;
  for (const [one, other] of [
    [stored, counted],
    [counted, stored],
  ] as const) {
    for (const [key, { hour, count }] of one) {
      if (other.get(key)?.count !== count && (first === null || hour < first)) first = hour;
    }
  }
  return first;
}
