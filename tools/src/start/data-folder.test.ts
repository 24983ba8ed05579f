import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson, writeJson } from '@guichet/jobs/json-file';
import test from 'ava';
import { holderOf, rememberProcesses, stopLeftovers, takeDataFolder } from './data-folder.ts';

async function temporaryFolder(t: { teardown(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-data-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('only one bank can use a folder, and a second gets an error that says so', async (t) => {
  const folder = await temporaryFolder(t);
  const release = takeDataFolder(folder);
  t.is(holderOf(folder), process.pid);
  const error = t.throws(() => takeDataFolder(folder));
  t.true(error?.message.startsWith(`Guichet is already running on ${folder} (process ${process.pid})`));
  t.false(error?.message.includes('\n'));
  release();
  t.is(holderOf(folder), null);
  takeDataFolder(folder)();
});

test('the lock of a killed bank is ignored, even if its process id is in use again', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(
    join(folder, 'guichet.pid'),
    JSON.stringify({ pid: process.pid, identity: 'another boot' }),
  );
  t.is(holderOf(folder), null);
  t.notThrows(() => takeDataFolder(folder)());
});

test('the next start stops the processes that a killed supervisor left running, and no others', async (t) => {
  const folder = await temporaryFolder(t);
  const left = spawn('sleep', ['60']);
  const unrelated = spawn('sleep', ['60']);
  t.teardown(() => unrelated.kill());
  const ended = once(left, 'exit');
  rememberProcesses(folder, new Map([['nats', left.pid as number]]));
  t.deepEqual(await stopLeftovers(folder), ['nats']);
  await ended;
  t.is(unrelated.exitCode, null);
  t.deepEqual(await stopLeftovers(folder), []);
});

test('only the owner can read the stored files', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'logins.json');
  t.is(await readJson(file), null);
  await writeJson(file, { superuser: 'x' });
  t.deepEqual(await readJson(file), { superuser: 'x' });
  t.is((await stat(file)).mode & 0o777, 0o600);
});
