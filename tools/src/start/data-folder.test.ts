import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson, writeJson } from '@guichet/jobs/json-file';
import test from 'ava';
import { endLeftovers, holderOf, rememberProcesses, takeDataFolder } from './data-folder.ts';

async function temporaryFolder(t: { teardown(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-data-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a folder serves one bank at a time, and the second is told in a sentence', async (t) => {
  const folder = await temporaryFolder(t);
  const giveBack = takeDataFolder(folder);
  t.is(holderOf(folder), process.pid);
  const error = t.throws(() => takeDataFolder(folder));
  t.true(error?.message.startsWith(`Guichet already runs on ${folder} (process ${process.pid})`));
  t.false(error?.message.includes('\n'));
  giveBack();
  t.is(holderOf(folder), null);
  takeDataFolder(folder)();
});

test('the mark of a bank that was killed holds nobody up, even where its number runs again', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(
    join(folder, 'guichet.pid'),
    JSON.stringify({ pid: process.pid, identity: 'another boot' }),
  );
  t.is(holderOf(folder), null);
  t.notThrows(() => takeDataFolder(folder)());
});

test('what a killed supervisor left running is ended at the next start, and nobody else', async (t) => {
  const folder = await temporaryFolder(t);
  const left = spawn('sleep', ['60']);
  const stranger = spawn('sleep', ['60']);
  t.teardown(() => stranger.kill());
  const ended = once(left, 'exit');
  rememberProcesses(folder, new Map([['nats', left.pid as number]]));
  t.deepEqual(await endLeftovers(folder), ['nats']);
  await ended;
  t.is(stranger.exitCode, null);
  t.deepEqual(await endLeftovers(folder), []);
});

test('what is kept may be read by its owner alone', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'logins.json');
  t.is(await readJson(file), null);
  await writeJson(file, { superuser: 'x' });
  t.deepEqual(await readJson(file), { superuser: 'x' });
  t.is((await stat(file)).mode & 0o777, 0o600);
});
