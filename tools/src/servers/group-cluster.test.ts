import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import test from 'ava';
import type { RowDataPacket } from 'mysql2/promise';
import type { GroupOptions } from './cluster-node.ts';
import { connect } from './galera-cluster.fixture.ts';
import { groupOptions, startTestGroup } from './group-cluster.fixture.ts';
import { prepareGroup, waitForGroup } from './group-cluster.ts';
import { readNodeState } from './node-state.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

test.serial('no group begins if its members belong to different groups', async (t) => {
  const options = await groupOptions(t);
  await prepareGroup(options);
  await writeFile(join(options.nodes[1]?.folder ?? '', 'group'), '22222222-2222-2222-2222-222222222222');
  await t.throwsAsync(prepareGroup(options), { instanceOf: UserError, message: /different groups/ });
});

test.serial(
  'three members keep what was committed when the primary dies, when all are killed, and when one has lost its data',
  async (t) => {
    t.timeout(800_000);
    const options = await groupOptions(t);
    const [first, second, third] = options.nodes;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three members');
    const group = await startTestGroup(t, options);
    t.deepEqual(await writersOf(options), [first.name]);

    const writer = await connect(options, first.port);
    await writer.query('CREATE TABLE guichet_auth.kept (id INT PRIMARY KEY)');
    await writer.query('INSERT INTO guichet_auth.kept VALUES (1)');
    const reader = await connect(options, second.port);
    await t.throwsAsync(reader.query('INSERT INTO guichet_auth.kept VALUES (9)'), {
      message: /super-read-only/,
    });
    await reader.end();

    // The primary dies: the others choose another one.
    group.kill(first.name);
    const diedAt = Date.now();
    const [next] = await retryUntilSuccess('another primary', 30_000, async () => {
      const found = (await writersOf(options)).filter((name) => name !== first.name);
      if (found.length === 0) throw new Error('none yet');
      return found;
    });
    t.log(`another primary after ${Date.now() - diedAt} ms`);
    const now = options.nodes.find(({ name }) => name === next);
    const other = await connect(options, now?.port ?? 0);
    await other.query('INSERT INTO guichet_auth.kept VALUES (2)');
    await waitForGroup(options);
    await retryUntilSuccess('what it missed', 30_000, async () =>
      t.is(await countAt(options, first.port), 2),
    );
    t.deepEqual(await writersOf(options), [next ?? '']);

    // The one that committed last begins the group again, after all were killed and the supervisor is gone too.
    const last = now?.name ?? '';
    for (const { name } of options.nodes) if (name !== last && name !== first.name) await group.stop(name);
    await retryUntilSuccess('a commit without the third member', 30_000, () =>
      other.query('INSERT INTO guichet_auth.kept VALUES (3)'),
    );
    await other.end();
    await Promise.all([group.end('SIGKILL', first.name), group.end('SIGKILL', last)]);
    await rm(join(third.folder, 'data'), { recursive: true });
    const again = await startTestGroup(t, options);
    for (const { port } of options.nodes) t.is(await countAt(options, port), 3);
    await again.stopAll();
  },
);

async function writersOf(options: GroupOptions): Promise<string[]> {
  const states = await Promise.all(
    options.nodes.map(async (node) => ({
      name: node.name,
      isWriter: await readNodeState(node, options).then(
        ({ isWriter }) => isWriter,
        () => false,
      ),
    })),
  );
  return states.flatMap(({ name, isWriter }) => (isWriter === true ? [name] : []));
}

async function countAt(options: GroupOptions, port: number): Promise<number> {
  const connection = await connect(options, port);
  const [rows] = await connection.query<RowDataPacket[]>('SELECT COUNT(*) AS count FROM guichet_auth.kept');
  await connection.end();
  return Number(rows[0]?.count);
}
