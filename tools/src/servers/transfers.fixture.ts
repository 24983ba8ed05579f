import { dirname, join } from 'node:path';
import {
  change,
  type Database,
  databaseServers,
  isUnavailable,
  lock,
  newId,
  openDatabase,
  queryOnce,
  select,
  sql,
  transaction,
} from '@guichet/database';
import { silentLog } from '@guichet/log';
import { eventually } from '@guichet/testing';
import type { ExecutionContext } from 'ava';
import type { Connection } from 'mysql2/promise';
import type { ClusterOptions } from './cluster-node.ts';

// Transfers between accounts on a database cluster, for tests of what becomes of them when nodes fail.

type NodeOptions = Pick<ClusterOptions, 'tlsFolder'>;

const ACCOUNTS = 20;
const WORKERS = 8;
/** How often a fault is repeated if the cluster itself had no writer for too long. */
const FAULT_AT_MOST = 3;

export function settingsFor({ tlsFolder }: NodeOptions, ports: readonly number[]) {
  return {
    DATABASE_HOSTS: ports.map((port) => `localhost:${port}`),
    DATABASE_PORT: 3306,
    DATABASE_NAME: 'guichet_auth',
    DATABASE_USER: 'auth_migration',
    DATABASE_PASSWORD: 'auth-2',
    DATABASE_POOL: WORKERS + 2,
    DATABASE_TLS: 'required' as const,
    TLS_DIRECTORY: join(dirname(tlsFolder as string), 'auth'),
  };
}

export function open(t: ExecutionContext, options: NodeOptions, ports: readonly number[]): Database {
  const db = openDatabase(settingsFor(options, ports), silentLog, { pipelines: true });
  t.teardown(() => db.destroy());
  return db;
}

export interface Load {
  /** The transfers whose commit was acknowledged, and when. */
  acknowledged: Map<string, number>;
  /** The transfers whose outcome is not known. */
  unknown: Set<string>;
  /** The errors of transfers that were not made. */
  failures: Error[];
  stop(): Promise<void>;
}

/** Transfers between random accounts, one after another in each worker. */
export function startLoad(db: Database): Load {
  const load = {
    acknowledged: new Map<string, number>(),
    unknown: new Set<string>(),
    failures: [] as Error[],
  };
  let isStopping = false;
  const work = async () => {
    while (!isStopping) {
      const id = newId();
      const [from, to] = [0, 0].map(() => 1 + Math.floor(Math.random() * ACCOUNTS)) as [number, number];
      try {
        await transaction(db, async (trx) => {
          await queryOnce(trx, lock(sql`SELECT id FROM account WHERE id IN (${[from, to]}) ORDER BY id`));
          await trx.commit(
            change(sql`UPDATE account SET balance = balance - 1 WHERE id = ${from}`),
            change(sql`UPDATE account SET balance = balance + 1 WHERE id = ${to}`),
            change(sql`INSERT INTO transfer (id, from_id, to_id) VALUES (${id}, ${from}, ${to})`),
          );
        });
        load.acknowledged.set(id, performance.now());
      } catch (error) {
        if ((error as { isOutcomeUnknown?: boolean }).isOutcomeUnknown === true) load.unknown.add(id);
        else load.failures.push(error as Error);
        if (!isUnavailable(error)) throw error;
      }
    }
  };
  const workers = Promise.all(Array.from({ length: WORKERS }, work));
  return {
    ...load,
    async stop() {
      isStopping = true;
      await workers;
    },
  };
}

/** The longest time without an acknowledged transfer, in seconds. */
function longestPause({ acknowledged }: Load): number {
  const times = [...acknowledged.values()].sort((one, other) => one - other);
  const pauses = times.map((time, index) => time - (times[index - 1] ?? time));
  return Math.max(0, ...pauses) / 1_000;
}

export const readTransfers = select<{ id: string; from: number; to: number }>(
  sql`SELECT id, from_id AS \`from\`, to_id AS \`to\` FROM transfer`,
);

/** Nothing acknowledged is lost, nothing is made twice or by half. */
export async function checkBooks(t: ExecutionContext, db: Database, loads: readonly Load[]): Promise<void> {
  const acknowledged = loads.flatMap((load) => [...load.acknowledged.keys()]);
  // The other process may have made its last one on another node, which this one applies a moment later.
  const rows = await eventually(async () => {
    const read = await queryOnce(db, readTransfers);
    const stored = new Set(read.map(({ id }) => id));
    return acknowledged.every((id) => stored.has(id)) ? read : null;
  });
  const known = new Set([...acknowledged, ...loads.flatMap(({ unknown }) => [...unknown])]);
  t.deepEqual(
    rows.filter(({ id }) => !known.has(id)),
    [],
    'transfers that failed were made',
  );
  const balances = new Map(Array.from({ length: ACCOUNTS }, (_, index) => [index + 1, 0]));
  for (const { from, to } of rows) {
    balances.set(from, (balances.get(from) ?? 0) - 1);
    balances.set(to, (balances.get(to) ?? 0) + 1);
  }
  const accounts = await queryOnce(
    db,
    select<{ id: number; balance: bigint }>(sql`SELECT id, balance FROM account`),
  );
  for (const { id, balance } of accounts) t.is(Number(balance), balances.get(id) ?? 0);
}

/** Creates the tables of transfers. */
export async function createTables(root: Connection): Promise<void> {
  await root.query('CREATE TABLE guichet_auth.account (id INT PRIMARY KEY, balance BIGINT NOT NULL)');
  await root.query(
    'CREATE TABLE guichet_auth.transfer (id CHAR(36) PRIMARY KEY, from_id INT NOT NULL, to_id INT NOT NULL)',
  );
  for (let id = 1; id <= ACCOUNTS; id += 1)
    await root.query('INSERT INTO guichet_auth.account VALUES (?, 0)', [id]);
}

export const writerOf = (db: Database) => databaseServers(db).findIndex(({ isWriter }) => isWriter);

interface Fault {
  name: string;
  /** Lets it happen, and returns once the cluster is whole again. */
  happen(both: readonly Load[]): Promise<void>;
  /** Whether the cluster needs longer for another writer than a transaction waits, also with free processors. */
  isSlow: boolean;
}

/**
 * Lets a fault happen while two processes transfer. Nothing may be lost, made twice or made by half. Nothing may fail either, unless the cluster itself had no writer for longer than
 * a transaction waits. If its nodes had to wait for the processor, that shows nothing about the pool, and the fault is repeated.
 */
export async function testFault(
  t: ExecutionContext,
  databases: readonly [Database, Database],
  loads: Load[],
  { name, happen, isSlow }: Fault,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const both = databases.map(startLoad);
    loads.push(...both);
    await eventually(() => both.every(({ acknowledged }) => acknowledged.size > 20), 60_000);
    await happen(both);
    await Promise.all(both.map((load) => load.stop()));
    const made = both.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);
    const unknown = both.reduce((sum, one) => sum + one.unknown.size, 0);
    const failed = both.flatMap(({ failures }) => failures);
    t.log(
      `${name}: ${made} transfers, ${unknown} unknown, ${failed.length} failed, at most ${both.map((load) => longestPause(load).toFixed(1)).join(' and ')} s without one`,
    );
    t.true(unknown <= 2 * WORKERS, 'no more than those whose commit was under way');
    await checkBooks(t, databases[0], loads);
    t.deepEqual(
      failed.filter((error) => error.name !== 'NoWriterError'),
      [],
    );
    if (failed.length === 0 || isSlow) return;
    if (tries === FAULT_AT_MOST) throw new Error('transfers failed each time', { cause: failed[0] });
  }
}

/** Waits until each process has made a hundred transfers more. */
export function goOn(both: readonly Load[]): Promise<boolean> {
  const reached = both.map(({ acknowledged }) => acknowledged.size);
  return eventually(
    () => both.every(({ acknowledged }, index) => acknowledged.size > (reached[index] ?? 0) + 100),
    60_000,
  );
}
