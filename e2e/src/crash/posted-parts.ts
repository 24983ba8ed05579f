import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, openDatabase, queryOnce, select, sql, uuid } from '@guichet/database';
import { silentLog } from '@guichet/log';
import type { RunningBank } from '@guichet/tools';

/** What a payment or a line left: its operation, or its entry in the ledger. Only its own fields say to which one it belongs. */
export interface PostedPart {
  id: string;
  accountId: string;
  /** Signed, in minor units. */
  amountMinor: number;
  reference: string;
}

/** What a file and an interest run are doing, from the database of accounts, also while no process of accounts runs. */
export interface PostingWatch {
  /** @returns how many parts are posted; null if the database doesn't answer */
  countPosted(): Promise<number | null>;
  /** @returns the states of the file and of the run; null if the database doesn't answer */
  readStates(): Promise<readonly [file: string, run: string] | null>;
  operations(kind: PartKind): Promise<PostedPart[]>;
  entries(kind: PartKind): Promise<PostedPart[]>;
  close(): Promise<void>;
}

/** The kinds of the parts, as the ledger has them. */
export type PartKind = 'incoming_payment' | 'interest' | 'fee';

/** Watches a file and a run by their operations. */
export function watchPosting(
  bank: RunningBank,
  { fileId, runId }: { fileId: string; runId: string },
): PostingWatch {
  const shape = { TLS_DIRECTORY: serverSettings.TLS_DIRECTORY, ...databaseSettings };
  const db = openDatabase(readSettings(shape, bank.environmentOf('accounts')), silentLog);
  const ofFile = sql`file_id = ${uuid(fileId)}`;
  const ofRun = sql`run_id = ${uuid(runId)}`;
  return {
    countPosted: () =>
      unlessDown(
        readOne<{ count: number }>(
          db,
          sql`SELECT (SELECT COUNT(*) FROM payment_items WHERE ${ofFile} AND status <> 'pending')
            + (SELECT COUNT(*) FROM interest_lines WHERE ${ofRun} AND status <> 'pending') AS count`,
        ).then(({ count }) => Number(count)),
      ),
    readStates: () =>
      unlessDown(
        readOne<{ file: string; run: string }>(
          db,
          sql`SELECT (SELECT state FROM payment_files WHERE operation_id = ${uuid(fileId)}) AS file,
            (SELECT state FROM interest_runs WHERE operation_id = ${uuid(runId)}) AS run`,
        ).then(({ file, run }) => [file, run] as const),
      ),
    operations: (kind) =>
      readParts(
        db,
        sql`SELECT id, account_id AS accountId, amount * ${kind === 'fee' ? -1 : 1} AS amountMinor, reference
          FROM operations WHERE type = ${kind} AND status = 'posted'`,
      ),
    entries: (kind) =>
      readParts(
        db,
        sql`SELECT transfers.id, entries.account_id AS accountId, entries.amount AS amountMinor, entries.reference
          FROM entries JOIN transfers ON transfers.id = entries.transfer_id WHERE entries.type = ${kind}`,
      ),
    close: () => db.destroy(),
  };
}

async function readOne<Row>(db: Database, statement: ReturnType<typeof sql>): Promise<Row> {
  const [row] = await queryOnce(db, select<Row & object>(statement));
  if (row === undefined) throw new Error('nothing was read');
  return row;
}

async function readParts(db: Database, statement: ReturnType<typeof sql>): Promise<PostedPart[]> {
  const rows = await queryOnce(db, select<PostedPart>(statement));
  return rows.map((row) => ({ ...row, amountMinor: Number(row.amountMinor) }));
}

const unlessDown = <Result>(reading: Promise<Result>): Promise<Result | null> => reading.catch(() => null);
