import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { eventually } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { CHART } from '../charts/generated-files.ts';
import type { ClusterOptions } from './cluster-node.ts';
import { clusterOptions, connect, startCluster } from './galera-cluster.fixture.ts';
import { prepareCluster, waitForCluster } from './galera-cluster.ts';
import { mostAdvanced, readState } from './galera-positions.ts';
import { readNodeState, renewNodeTls } from './node-state.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

const A = '11111111-1111-1111-1111-111111111111';
const B = '22222222-2222-2222-2222-222222222222';
const PASSWORD = join(CHART, 'charts', 'galera', 'files', 'password.sh');
const NONE = '00000000-0000-0000-0000-000000000000';

test('the node that committed last begins the cluster; nodes of two clusters begin none', (t) => {
  const at = (...transactions: number[]) => transactions.map((transaction) => ({ cluster: A, transaction }));
  t.is(mostAdvanced(at(5, 7, 6)), 1);
  t.is(mostAdvanced(at(7, 7, 7)), 0);
  t.is(mostAdvanced([{ cluster: NONE, transaction: -1 }, ...at(0, 0)]), 1);
  t.is(mostAdvanced([{ cluster: NONE, transaction: -1 }]), 0);
  t.throws(() => mostAdvanced([...at(5, 7), { cluster: B, transaction: 9 }]), {
    message: /different clusters/,
  });
});

test('the position of a node is read from its state file; without one it is unknown', (t) => {
  const state = `# GALERA saved state\nversion: 2.1\nuuid:    ${A}\nseqno:   42\nsafe_to_bootstrap: 0\n`;
  t.deepEqual(readState(state), { cluster: A, transaction: 42 });
  t.deepEqual(readState(state.replace('42', '-1')), { cluster: A, transaction: -1 });
  t.deepEqual(readState(''), { cluster: NONE, transaction: -1 });
});

test('no cluster begins if the position of a node can’t be read, because it could have committed last', async (t) => {
  const options = await clusterOptions(t);
  for (const { folder } of options.nodes) {
    const data = join(folder, 'data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'grastate.dat'), `uuid:    ${A}\nseqno:   -1\n`);
  }
  await t.throwsAsync(prepareCluster(options), { instanceOf: UserError, message: /could not be read/ });
});

test.serial(
  'three nodes keep what was committed when one dies, and when all of them are killed',
  async (t) => {
    t.timeout(600_000);
    const options = await clusterOptions(t);
    const [first, second, third] = options.nodes;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three nodes');
    const written: string[] = [];
    let connectedAt = 0;
    const cluster = await startCluster(t, options, (name, text) => {
      written.push(`${name} ${text}`);
      if (name === first.name && text.includes('gcomm: connecting to group')) connectedAt = Date.now();
    });
    // A node that connects while the first one begins the cluster may find no cluster for half a minute.
    const at = (text: string) => written.findIndex((line) => line.includes(text));
    const begun = at('Synchronized with group, ready for connections');
    t.true(begun > 0 && begun < at(`${second.name} `) && begun < at(`${third.name} `));
    for (const { name } of options.nodes) t.false(copiedAll(cluster.output(name)), `${name} copied all data`);

    const writer = await connect(options, first.port);
    await writer.query('CREATE TABLE guichet_auth.kept (id INT PRIMARY KEY)');
    await writer.query('INSERT INTO guichet_auth.kept VALUES (1)');
    const [secure] = await writer.query<RowDataPacket[]>("SHOW STATUS LIKE 'wsrep_incoming_addresses'");
    t.is(secure[0]?.Value.split(',').length, 3);

    for (const { port } of options.nodes) await renewNodeTls({ ...options, port });
    await rotatePassword(t, options, writer);

    // The writer dies: the others keep a majority.
    const other = await connect(options, second.port);
    cluster.kill(first.name);
    const diedAt = Date.now();
    await retryUntilSuccess('a commit without the first node', 30_000, () =>
      other.query('INSERT INTO guichet_auth.kept VALUES (2)'),
    );
    t.true(Date.now() - diedAt < 5_000, `nothing was committed for ${Date.now() - diedAt} ms`);
    await waitForCluster(options);
    t.true(connectedAt - diedAt >= 4_000, 'it came back before the others had left it out');
    t.is(await countAt(options, first.port), 2);
    t.false(copiedAll(cluster.output(first.name)), 'it did not catch up from its own position');

    // All are killed at once, the last commit only on two of them; the supervisor is gone too.
    await cluster.stop(third.name);
    await retryUntilSuccess('a commit without the third node', 30_000, () =>
      other.query('INSERT INTO guichet_auth.kept VALUES (3)'),
    );
    await other.end();
    await Promise.all([cluster.end('SIGKILL', first.name), cluster.end('SIGKILL', second.name)]);
    // The one that begins the cluster can't at its first attempt.
    const taken = await Promise.all([take(t, first.port), take(t, second.port)]);
    let failures = 0;
    const again = await startCluster(t, options, (_, text) => {
      if (!text.includes('Bind on TCP/IP port')) return;
      failures += 1;
      for (const free of taken) free();
    });
    t.true(failures > 0);
    for (const node of options.nodes) t.is(await countAt(options, node.port), 3);
    const states = await Promise.all(options.nodes.map((node) => readNodeState(node, options)));
    t.deepEqual(
      states.map(({ state, size }) => ({ state, size })),
      [1, 2, 3].map(() => ({ state: 'joined', size: 3 })),
    );
    await again.stopAll();
  },
);

/** As the chart does it (charts/guichet/charts/galera): at no moment is the password refused that the processes of a service have. */
async function rotatePassword(t: ExecutionContext, options: ClusterOptions, root: Connection): Promise<void> {
  const run = async (step: string, input = '') => {
    for (const statement of await statementsOf(t, [step, 'auth'], input)) await root.query(statement);
  };
  const accepted = () =>
    Promise.all(['auth-1', "it's new", 'newer'].map((password) => nodesThatAccept(options, password)));
  t.deepEqual(await accepted(), [3, 0, 0]);
  await run('set', "it's new");
  await eventually(async () => (await accepted())[1] === 3);
  t.deepEqual(await accepted(), [3, 3, 0]);
  await run('set', "it's new");
  t.deepEqual(await accepted(), [3, 3, 0], 'the same step twice');
  await run('discard');
  await eventually(async () => (await accepted())[0] === 0);
  t.deepEqual(await accepted(), [0, 3, 0]);
  await run('set', 'newer');
  await eventually(async () => (await accepted())[2] === 3);
  await run('set', 'auth-1');
  await eventually(async () => (await accepted())[0] === 3);
  t.deepEqual(await accepted(), [3, 0, 3], 'no more than two');
  await run('discard');
  await eventually(async () => (await accepted())[2] === 0);
}

/** What password.sh sends to the server. */
async function statementsOf(t: ExecutionContext, args: readonly string[], input: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-password-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'mariadb'), '#!/bin/bash\ncat\n', { mode: 0o755 });
  const { stdout } = await execa('bash', [PASSWORD, ...args], {
    input,
    env: { PATH: `${folder}:${process.env.PATH}` },
  });
  return stdout.split('\n');
}

async function nodesThatAccept({ nodes, tlsFolder }: ClusterOptions, password: string): Promise<number> {
  const ca = await readFile(join(tlsFolder as string, 'ca.crt'));
  const answers = await Promise.all(
    nodes.map(async ({ port }) => {
      try {
        const connection = await createConnection({
          host: '127.0.0.1',
          port,
          user: 'auth',
          password,
          ssl: { ca },
        });
        await connection.end();
        return true;
      } catch (error) {
        if ((error as { errno?: number }).errno === 1045) return false;
        throw error;
      }
    }),
  );
  return answers.filter(Boolean).length;
}

/** Listens on a port. @returns a function that frees it */
async function take(t: ExecutionContext, port: number): Promise<() => void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const free = () => void server.close();
  t.teardown(free);
  return free;
}

function copiedAll(output: readonly string[]): boolean {
  return output.some((line) => line.includes('Cleaning the existing datadir'));
}

async function countAt(options: ClusterOptions, port: number): Promise<number> {
  const connection = await connect(options, port);
  const [rows] = await connection.query<RowDataPacket[]>('SELECT COUNT(*) AS count FROM guichet_auth.kept');
  await connection.end();
  return rows[0]?.count;
}
