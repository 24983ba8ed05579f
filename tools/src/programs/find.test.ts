import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findNats, findProgram } from './find.ts';

test('a program is the first executable file of that name in PATH', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'guichet-path-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const folders = ['one', 'two', 'three'].map((name) => join(root, name));
  for (const folder of folders) await mkdir(folder);
  const [one, two, three] = folders as [string, string, string];
  await mkdir(join(one, 'guichet-x'));
  await writeFile(join(two, 'guichet-x'), 'not executable', { mode: 0o644 });
  await writeFile(join(three, 'guichet-x'), '#!/bin/sh\n');
  await chmod(join(three, 'guichet-x'), 0o755);
  t.is(findProgram(['guichet-x'], folders.join(':')), join(three, 'guichet-x'));
  t.is(findProgram(['guichet-y'], folders.join(':')), null);
});

test('a nats-server that is too old does not hide a newer one behind it', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'guichet-path-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const paths: string[] = [];
  for (const version of ['2.9.10', '2.12.1', '2.15.1']) {
    const folder = join(root, version);
    await mkdir(folder);
    await writeFile(join(folder, 'nats-server'), `#!/bin/sh\necho "nats-server: v${version}"\n`);
    await chmod(join(folder, 'nats-server'), 0o755);
    paths.push(folder);
  }
  t.is(await findNats(paths.join(':')), join(root, '2.12.1', 'nats-server'));
});
