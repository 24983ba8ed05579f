import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultRegistry } from '@guichet/metrics';
import test from 'ava';
import { watchFolder } from './watch-folder.ts';

async function values(): Promise<(number | null)[]> {
  const lines = (await defaultRegistry.metrics()).split('\n');
  return ['waiting_files', 'oldest_age_seconds', 'refused_files', 'unreadable'].map((name) => {
    const line = lines.find((one) => one.startsWith(`guichet_incoming_folder_${name} `));
    return line === undefined ? null : Math.round(Number(line.split(' ').at(-1)));
  });
}

test.serial('waiting and refused files are counted, and a folder that can’t be read says so', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'watched-'));
  t.teardown(() => rm(directory, { recursive: true }));
  let ahead = 0;
  defaultRegistry.clear();
  watchFolder(directory, () => new Date(Date.now() + ahead));
  t.deepEqual(await values(), [0, 0, 0, 0]);
  await writeFile(join(directory, 'a.xml'), '');
  await writeFile(join(directory, '.b.xml'), '');
  await mkdir(join(directory, 'c.xml'));
  await mkdir(join(directory, 'refused'));
  for (const name of ['d.xml', 'd.xml.json']) await writeFile(join(directory, 'refused', name), '');
  ahead = 3_600_000;
  const [waiting, oldest, refused, unreadable] = await values();
  t.deepEqual([waiting, refused, unreadable], [2, 1, 0]);
  t.true(Math.abs((oldest ?? 0) - 3_600) < 60, String(oldest));
  // A clock that is behind makes no file of the future.
  ahead = -3_600_000;
  t.is((await values())[1], 0);
  await rename(directory, `${directory}.away`);
  t.deepEqual(await values(), [null, null, null, 1]);
  await rename(`${directory}.away`, directory);
  t.is((await values())[3], 0);
});

test.serial('without a folder, nothing waits', async (t) => {
  defaultRegistry.clear();
  watchFolder(null, () => new Date());
  t.deepEqual(await values(), [0, 0, 0, 0]);
});
