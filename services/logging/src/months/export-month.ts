import { UserError } from '@guichet/cli';
import { type Database, queryOnce } from '@guichet/database';
import {
  type Checkpoint,
  type CheckpointKeys,
  isSignedBy,
  type MonthStatement,
  monthToJson,
  publicKeysOf,
  signMonth,
  toJson,
} from '@guichet/log-checkpoints';
import type { Clock } from '@guichet/time';
import { readBetween } from '../checkpoints/store.ts';
import { readChain } from '../entries/store.ts';
import { canonicalForm, chainHash } from '../intake/chain.ts';
import { storeEvents } from '../intake/store-events.ts';
import { monthExported } from './audit.ts';
import { writeExport } from './export-file.ts';
import { findCover } from './find-cover.ts';
import { endBefore, type LogMonth, listMonths } from './list-months.ts';
import type { Month } from './rules.ts';
import { markExported } from './store.ts';

const PAGE = 500;

export interface Exported {
  readonly file: string;
  readonly statement: MonthStatement;
}

/**
 * Writes all entries of a month that has ended to a file: in their canonical form, with the checkpoints that cover them, and with a signed statement about
 * all of them. The chain is verified on the way, so memory does not grow with the month. What entries say about persons remains sealed, and the keys are not in
 * the file: who is forgotten in the log is forgotten in its exports too.
 * @throws UserError if the month has not ended or was dropped, or if its entries contradict each other or the checkpoints
 */
export async function exportMonth(
  { db, keys, clock }: { db: Database; keys: CheckpointKeys; clock: Clock },
  month: Month,
  folder: string,
): Promise<Exported> {
  const range = await findMonth(db, month);
  const result: { statement?: MonthStatement } = {};
  const file = await writeExport(folder, month, writeLines({ db, keys, clock }, range, result));
  const statement = result.statement as MonthStatement;
  const now = clock();
  await queryOnce(db, markExported(month, now));
  await storeEvents(db, [monthExported(now, statement)], now);
  return { file, statement };
}

type Range = LogMonth & { next: NonNullable<LogMonth['next']> };

async function findMonth(db: Database, month: Month): Promise<Range> {
  const found = (await listMonths(db)).find((one) => one.month === month);
  if (found === undefined) throw new UserError(`The log has no month ${month}: see months`);
  if (found.isDropped) throw new UserError(`${month} was dropped`);
  const { next } = found;
  if (next === null) throw new UserError(`${month} has not ended in the log`);
  return { ...found, next };
}

async function* writeLines(
  { db, keys, clock }: { db: Database; keys: CheckpointKeys; clock: Clock },
  { month, first, next }: Range,
  result: { statement?: MonthStatement },
): AsyncGenerator<string> {
  const published = publicKeysOf(keys.published);
  const previous = await endBefore(db, first);
  yield line({
    guichet_log_export: 1,
    month,
    previous: { sequence: Number(previous.sequence), hash: previous.hash.toString('hex') },
  });
  let last = previous;
  let entries = 0;
  for (;;) {
    const page = (await queryOnce(db, readChain(last.sequence, PAGE))).filter(
      ({ sequence }) => sequence < next.first,
    );
    const end = page.at(-1);
    if (end === undefined) break;
    const checkpoints = await queryOnce(db, readBetween(last.sequence, end.sequence));
    for (const entry of page) {
      const hash = chainHash(last.hash, entry);
      if (!hash.equals(entry.hash))
        throw new UserError(`The log is broken at sequence ${entry.sequence}: run verify`);
      last = { sequence: entry.sequence, hash };
      yield `${canonicalForm(entry)}\n`;
      yield* checkpointLines(
        published,
        checkpoints.filter(({ sequence }) => sequence === last.sequence),
        last.hash,
      );
    }
    entries += page.length;
  }
  const cover = await findCover(db, published, last);
  if (cover.sequence > last.sequence) yield line({ checkpoint: toJson(cover) });
  result.statement = signMonth(keys.signer, 'exported', { month, previous, last, entries, time: clock() });
  yield line({ exported: monthToJson(result.statement) });
}

function* checkpointLines(
  keys: ReturnType<typeof publicKeysOf>,
  checkpoints: readonly Checkpoint[],
  hash: Buffer,
): Generator<string> {
  for (const checkpoint of checkpoints) {
    if (!isSignedBy(keys, checkpoint) || !checkpoint.hash.equals(hash))
      throw new UserError(`The log contradicts its checkpoint at ${checkpoint.sequence}: run verify`);
    yield line({ checkpoint: toJson(checkpoint) });
  }
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
