import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { queryOnce } from '@guichet/database';
import type { MonthStatement } from '@guichet/log-checkpoints';
import { openAsMigration, ownKeys, readArguments, UsageError } from '../command-settings.ts';
import { pathOf, readKept, readKeys } from '../verify/checkpoint-files.ts';
import { addMonths } from './add-months.ts';
import { dropMonth } from './drop-month.ts';
import { exportName } from './export-file.ts';
import { exportMonth } from './export-month.ts';
import { endBefore, listMonths } from './list-months.ts';
import { isExpired } from './rules.ts';
import { countBetween, readDropped, readSizes } from './store.ts';
import { verifyExport } from './verify-export.ts';

type Operation = ReturnType<typeof openAsMigration>;

/**
 * The commands about the months of the log; all but `verify-export` connect as the migration user. @returns the exit status
 * @throws UsageError if the arguments are wrong, UserError if the command must not be done
 */
export async function runMonthsCommand(command: string, args: readonly string[]): Promise<number> {
  switch (command) {
    case 'months': {
      readArguments(args, { options: [] });
      return asOperator(printMonths);
    }
    case 'export': {
      const { month, folder } = readMonth(args, 'to');
      return asOperator((operation) => exportOne(operation, month, folder));
    }
    case 'drop': {
      const { month, folder } = readMonth(args, 'exported');
      return asOperator((operation) => dropOne(operation, month, folder));
    }
    case 'retain': {
      const { values } = readArguments(args, { options: ['to'], flags: ['drop'] });
      const { to, drop = false } = values;
      if (to === undefined) throw new UsageError();
      return asOperator((operation) => retain(operation, { folder: pathOf(to), drop }));
    }
    case 'verify-export':
      return verifyFiles(args);
    default:
      throw new UsageError();
  }
}

function readMonth(args: readonly string[], option: 'to' | 'exported'): { month: string; folder: string } {
  const { values, positionals } = readArguments(args, { options: [option] });
  const [month = ''] = positionals;
  const folder = values[option];
  if (positionals.length !== 1 || folder === undefined) throw new UsageError();
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new UserError('A month is YYYY-MM');
  return { month, folder: pathOf(folder) };
}

async function asOperator(work: (operation: Operation) => Promise<void>): Promise<number> {
  const operation = openAsMigration();
  try {
    await addMonths(operation.db);
    await work(operation);
    return 0;
  } finally {
    await operation.db.destroy();
  }
}

async function printMonths({ db, clock, retentionMonths }: Operation): Promise<void> {
  const sizes = await queryOnce(db, readSizes());
  const dropped = new Map((await queryOnce(db, readDropped())).map((one) => [one.month, one]));
  const rows = [['month', 'first', 'last', 'entries', 'MB', 'exported', 'state']];
  for (const { month, first, next, exportedAt } of await listMonths(db)) {
    const gone = dropped.get(month);
    const end = next?.first ?? 2n ** 64n - 1n;
    const last = gone?.last ?? (await endBefore(db, end));
    const entries = gone?.entries ?? (await queryOnce(db, countBetween(first, end)));
    const isOld = next !== null && isExpired(next.month, { now: clock(), retentionMonths });
    rows.push([
      month,
      entries === 0 ? '-' : String(first === 0n ? 1n : first),
      entries === 0 ? '-' : String(last.sequence),
      String(entries),
      gone === undefined ? ((sizes.get(month) ?? 0) / 1e6).toFixed(1) : '-',
      exportedAt?.toISOString().slice(0, 10) ?? '-',
      gone !== undefined ? 'dropped' : next === null ? 'current' : isOld ? 'may be dropped' : 'kept',
    ]);
  }
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

async function exportOne(operation: Operation, month: string, folder: string): Promise<void> {
  const { file, statement } = await exportMonth(operation, month, folder);
  console.log(
    `${statement.entries} entries of ${month} are in ${file}; the last is ${statement.last.sequence}, with hash ${statement.last.hash.toString('hex')}`,
  );
}

async function dropOne(operation: Operation, month: string, folder: string): Promise<void> {
  const { entries, last } = await dropMonth(operation, month, folder);
  console.log(`${month} was dropped with ${entries} entries: the log begins after entry ${last.sequence}`);
}

/** For a schedule: exports every month that has ended and has no export in the folder; with `drop`, drops those that are old enough. */
async function retain(
  operation: Operation,
  { folder, drop }: { folder: string; drop: boolean },
): Promise<void> {
  const { db, clock, retentionMonths } = operation;
  const months = await listMonths(db);
  const newestDropped = months.findLast(({ isDropped }) => isDropped);
  // Ends a drop that was interrupted: until then the log contradicts itself, and nothing else ends it.
  if (drop && newestDropped !== undefined) await dropMonth(operation, newestDropped.month, folder);
  const ended = months.flatMap(({ month, next, isDropped }) =>
    next === null || isDropped ? [] : [{ month, next: next.month }],
  );
  for (const { month } of ended) {
    const isThere = await access(join(folder, exportName(month))).then(
      () => true,
      () => false,
    );
    if (!isThere) await exportOne(operation, month, folder);
  }
  if (!drop) return;
  for (const { month, next } of ended)
    if (isExpired(next, { now: clock(), retentionMonths })) await dropOne(operation, month, folder);
}

async function verifyFiles(args: readonly string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, { options: ['checkpoints', 'keys'] });
  if (files.length === 0) throw new UsageError();
  const keys = values.keys === undefined ? ownKeys() : await readKeys(values.keys);
  if (keys === undefined)
    throw new UserError('Exports can only be checked with the public keys: add --keys FILE|URL');
  const kept = values.checkpoints === undefined ? [] : await readKept(values.checkpoints, keys);
  let status = 0;
  let before: MonthStatement | null = null;
  for (const file of files) {
    const { statement, fault, checkpoints } = await verifyExport(pathOf(file), keys, kept);
    if (statement === null) {
      console.error(`${file} is broken: ${fault}`);
      status = 1;
    } else {
      const { month, entries, previous, last } = statement;
      if (before !== null && !previous.hash.equals(before.last.hash)) {
        console.error(
          `${file} does not follow the export of ${before.month}: name them in their order, and all of them`,
        );
        status = 1;
      }
      before = statement;
      console.log(
        `${file} is intact: ${entries} entries of ${month}, from after ${previous.sequence} to ${last.sequence}, which agree with ${checkpoints} signed checkpoints`,
      );
    }
  }
  return status;
}
