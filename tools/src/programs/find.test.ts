import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { findProgram } from './find.ts';

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
