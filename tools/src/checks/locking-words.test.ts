import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { handwrittenLocks } from './locking-words.ts';

async function found(t: ExecutionContext, files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-locks-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return handwrittenLocks(root);
}

test('locking words that are written by hand are reported, in every form and in any case', async (t) => {
  const query = (words: string) =>
    `const x =\n  select(sql\`SELECT id FROM accounts WHERE id = 1 ${words}\`);\n`;
  for (const words of [
    'FOR UPDATE',
    'for update',
    'FOR SHARE',
    'FOR UPDATE SKIP LOCKED',
    'LOCK IN SHARE MODE',
  ]) {
    t.deepEqual(await found(t, { 'services/a/src/x/store.ts': query(words) }), [
      'services/a/src/x/store.ts:2 locks by hand: use lock, lockShared or a table',
    ]);
  }
});

test('named locks are reported, which only one node of a cluster knows', async (t) => {
  const file = 'services/a/src/x/store.ts';
  for (const call of ['GET_LOCK(1, 2)', 'release_lock (1)'])
    t.deepEqual(await found(t, { [file]: `const x = select(sql\`SELECT ${call}\`);\n` }), [
      `${file}:1 takes a named lock: use underLease`,
    ]);
});

test('the two files that add the words, tests and other words are not reported', async (t) => {
  const locking = 'const x = `SELECT id FROM accounts FOR UPDATE`;\n';
  t.deepEqual(
    await found(t, {
      'packages/database/src/table.ts': locking,
      'packages/database/src/query-value.ts': locking,
      'services/a/src/x/store.test.ts': locking,
      'services/a/src/x/store.ts': '// Prepares the form for updates.\n',
    }),
    [],
  );
});

test('the repository writes no locking words by hand', async (t) => {
  t.deepEqual(await handwrittenLocks(), []);
});
