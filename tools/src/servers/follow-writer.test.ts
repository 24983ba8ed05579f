import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  change,
  type Database,
  databaseServers,
  isLeaseHeld,
  isUnavailable,
  join as joinSql,
  lock,
  newId,
  openDatabase,
  query,
  queryOnce,
  readsOf,
  select,
  sql,
  transaction,
  underLease,
} from '@guichet/database';
import { silentLog } from '@guichet/log';
import { eventually, freePort } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { ClusterOptions } from './cluster-node.ts';
import { clusterOptions, connect, startCluster } from './database-cluster.fixture.ts';
import { waitForCluster } from './database-cluster.ts';

// The pool on a real Galera cluster whose writer is killed and frozen under concurrent transactions.

const ACCOUNTS = 20;
const WORKERS = 8;
/** Long enough for a hundred transactions that were aborted by the other node. */
const TWO_WRITERS_MS = 20_000;

function settingsFor({ tlsFolder }: ClusterOptions, ports: readonly number[]) {
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

function open(t: ExecutionContext, options: ClusterOptions, ports: readonly number[]): Database {
  const db = openDatabase(settingsFor(options, ports), silentLog, { pipelines: true });
  t.teardown(() => db.destroy());
  return db;
}

interface Load {
  /** The transfers whose commit was acknowledged, and when. */
  acknowledged: Map<string, number>;
  /** The transfers whose outcome is not known. */
  unknown: Set<string>;
  /** The errors of transfers that were not made. */
  failures: Error[];
  stop(): Promise<void>;
}

/** Transfers between random accounts, one after another in each worker. */
function startLoad(db: Database): Load {
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

const readTransfers = select<{ id: string; from: number; to: number }>(
  sql`SELECT id, from_id AS \`from\`, to_id AS \`to\` FROM transfer`,
);

/** Nothing acknowledged is lost, nothing is made twice or by half. */
async function checkBooks(t: ExecutionContext, db: Database, loads: readonly Load[]): Promise<void> {
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

const syncWaitOf = async (db: Database) =>
  (await queryOnce(db, select<{ value: bigint }>(sql`SELECT @@wsrep_sync_wait AS value`)))[0]?.value;

/** How many reads of a transfer wait on a node. */
async function waitingOn(node: Connection): Promise<number> {
  const [rows] = await node.query<RowDataPacket[]>('SHOW FULL PROCESSLIST');
  return rows.filter(({ Info }) => String(Info).startsWith('SELECT id FROM transfer')).length;
}

/** Reads at the other nodes find what was committed before, and the writer serves them while no other node can. */
async function readAtReplicas(t: ExecutionContext, options: ClusterOptions, db: Database): Promise<void> {
  const [writer, ...others] = options.nodes.map(({ port }) => port) as [number, number, number];
  const settings = settingsFor(options, [writer, ...others]);
  const reads = readsOf(db, { ...settings, DATABASE_READS: 'replicas' }, silentLog);
  t.teardown(() => reads.destroy());
  const served = { replica: 0, writer: 0 };
  reads.replicas?.onRead((by) => {
    served[by] += 1;
  });
  const ports = new Set<number>();
  const readOwnWrite = async () => {
    const [from, id] = [newId(), newId()];
    // Many rows, so that the other nodes need a while for them.
    const rows = [id, ...Array.from({ length: 300 }, newId)].map((one) => sql`(${one}, 1, 1, ${from})`);
    await queryOnce(
      db,
      change(sql`INSERT INTO written (id, from_id, to_id, batch) VALUES ${joinSql(rows, sql`, `)}`),
    );
    const [found] = await queryOnce(
      reads,
      select<{ count: bigint; port: number | bigint }>(
        sql`SELECT COUNT(*) AS count, @@port AS port FROM written WHERE batch = ${from}`,
      ),
    );
    ports.add(Number(found?.port));
    return Number(found?.count);
  };
  for (let round = 0; round < 60; round += 1) t.is(await readOwnWrite(), 301);
  t.deepEqual(served, { replica: 60, writer: 0 });
  t.deepEqual([...ports].sort(), [...others].sort());
  t.is(await reads.replicas?.send("INSERT INTO written VALUES ('x', 1, 1, 'x')"), null, 'it only reads');

  // Both apply nothing: nobody may read there.
  const holding = await Promise.all(others.map((port) => connect(options, port)));
  await Promise.all(holding.map((root) => root.query('FLUSH TABLES WITH READ LOCK')));
  ports.clear();
  t.is(await readOwnWrite(), 301);
  t.deepEqual([...ports], [writer]);
  for (const root of holding) {
    await root.query('UNLOCK TABLES');
    await root.end();
  }
  const before = served.replica;
  await eventually(async () => (await readOwnWrite()) === 301 && served.replica > before, 60_000);
}

const writerOf = (db: Database) => databaseServers(db).findIndex(({ isWriter }) => isWriter);

test('the pool follows the writer of a Galera cluster that is killed, and one that is frozen, under load', async (t) => {
  t.timeout(300_000);
  const options = await clusterOptions(t);
  const cluster = await startCluster(t, options);
  const [first] = options.nodes;
  if (first === undefined) throw new Error('three nodes');
  const ports = options.nodes.map(({ port }) => port);
  const root = await connect(options, first.port);
  await root.query('CREATE TABLE guichet_auth.account (id INT PRIMARY KEY, balance BIGINT NOT NULL)');
  await root.query(
    'CREATE TABLE guichet_auth.transfer (id CHAR(36) PRIMARY KEY, from_id INT NOT NULL, to_id INT NOT NULL)',
  );
  await root.query(
    'CREATE TABLE guichet_auth.written (id CHAR(36) PRIMARY KEY, from_id INT NOT NULL, to_id INT NOT NULL, batch CHAR(36) NOT NULL, KEY (batch))',
  );
  await root.query(
    'CREATE TABLE guichet_auth.leases (name VARCHAR(60) PRIMARY KEY, holder CHAR(36), fence BIGINT UNSIGNED NOT NULL DEFAULT 0, expires_at DATETIME(3) NOT NULL)',
  );
  for (let id = 1; id <= ACCOUNTS; id += 1)
    await root.query('INSERT INTO guichet_auth.account VALUES (?, 0)', [id]);
  await root.end();

  const [db, other] = [open(t, options, ports), open(t, options, ports)];
  const loads: Load[] = [];
  for (const fault of ['killed', 'frozen'] as const) {
    const both = [startLoad(db), startLoad(other)];
    loads.push(...both);
    await eventually(() => both.every(({ acknowledged }) => acknowledged.size > 20), 60_000);
    // Not at once: on a slow machine the first node may not have answered for two seconds.
    await eventually(() => writerOf(db) === 0 && writerOf(other) === 0, 60_000);
    if (fault === 'killed') cluster.kill(first.name);
    else cluster.signal(first.name, 'SIGSTOP');
    const reached = both.map(({ acknowledged }) => acknowledged.size);
    await eventually(
      () => both.every(({ acknowledged }, index) => acknowledged.size > (reached[index] ?? 0) + 100),
      60_000,
    );
    t.not(writerOf(db), 0);
    if (fault === 'frozen') {
      await sleep(3_000);
      cluster.signal(first.name, 'SIGCONT');
    }
    await waitForCluster(options);
    // Both return to the first node, without an error.
    await eventually(() => writerOf(db) === 0 && writerOf(other) === 0, 60_000);
    await sleep(500);
    await Promise.all(both.map((load) => load.stop()));
    const [made, unknown, failed] = [
      both.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0),
      both.reduce((sum, one) => sum + one.unknown.size, 0),
      both.flatMap(({ failures }) => failures),
    ];
    t.log(
      `${fault}: ${made} transfers, ${unknown} unknown, ${failed.length} failed, at most ${both.map((load) => longestPause(load).toFixed(1)).join(' and ')} s without one`,
    );
    t.deepEqual(failed, []);
    t.true(unknown <= 2 * WORKERS, 'no more than those whose commit was under way');
    await checkBooks(t, db, loads);
  }

  // While processes disagree about the writer, they abort each other's transactions; each learns what became of its own.
  const apart = ports.slice(0, 2).map((port) => open(t, options, [port]));
  const fighting = apart.map(startLoad);
  await sleep(TWO_WRITERS_MS);
  await Promise.all(fighting.map((load) => load.stop()));
  const conflicts = fighting.flatMap(({ failures }) => failures);
  t.log(
    `two writers: ${fighting.map(({ acknowledged }) => acknowledged.size).join(' and ')} transfers, ${conflicts.length} given up`,
  );
  const others = conflicts.filter((error) => (error as { errno?: number }).errno !== 1213);
  t.deepEqual(others, []);
  for (const { acknowledged, unknown } of fighting) {
    t.true(acknowledged.size > 100);
    t.is(unknown.size, 0);
  }
  await checkBooks(t, db, [...loads, ...fighting]);

  // A process that may have another writer than the others reads what one of them has acknowledged. Its node applies nothing for a moment.
  const apartFrom = open(t, options, [await freePort(), ports[1] as number]);
  await queryOnce(apartFrom, readTransfers);
  const holding = await connect(options, ports[1] as number);
  await holding.query('FLUSH TABLES WITH READ LOCK');
  const acknowledged = newId();
  await queryOnce(db, change(sql`INSERT INTO transfer (id, from_id, to_id) VALUES (${acknowledged}, 1, 1)`));
  const reading = queryOnce(
    apartFrom,
    select<{ id: string }>(sql`SELECT id FROM transfer WHERE id = ${acknowledged}`),
  );
  await eventually(async () => (await waitingOn(holding)) > 0);
  await holding.query('UNLOCK TABLES');
  t.is((await reading).length, 1);
  await holding.end();
  // One that has used the first server for a while, as all others do, doesn't wait.
  await eventually(async () => (await syncWaitOf(db)) === 0n, 60_000);

  await readAtReplicas(t, options, db);

  // A lease is known to every node at once.
  const nodes = ports.slice(1).map((port) => open(t, options, [port]));
  let inside = 0;
  await Promise.all(
    [...nodes, ...nodes].map((node) =>
      underLease(
        node,
        'alone',
        async () => {
          inside += 1;
          t.is(inside, 1);
          t.true(await queryOnce(node, isLeaseHeld('alone')));
          await sleep(300);
          inside -= 1;
        },
        { waitSeconds: 60 },
      ),
    ),
  );
  await transaction(db, (trx) => query(trx, lock(sql`SELECT id FROM account WHERE id = 1`)));
  await cluster.stopAll();
});
