import { appendFile, mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queryOnce } from '@guichet/database';
import type { Log } from '@guichet/log';
import { silentLog } from '@guichet/log';
import { isSignedBy, parseCheckpoint, publicKeysOf } from '@guichet/log-checkpoints';
import { defaultRegistry } from '@guichet/metrics';
import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { GRANTS } from '../grants.ts';
import { storeEvents } from '../intake/store-events.ts';
import { watchLog } from '../metrics.ts';
import { appendCheckpoint } from './checkpoint-file.ts';
import { keepSigning } from './keep-signing.ts';
import { readNewest } from './store.ts';

async function newFolder(t: import('ava').ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-checkpoints-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const linesOf = async (folder: string) =>
  (await readFile(join(folder, 'checkpoints.ndjson'), 'utf8')).trimEnd().split('\n');

test('the end of the log is signed regularly and at a stop: to the table, to stdout and to the file', async (t) => {
  const { runtime: db, drop } = await testDatabase({ migrations: MIGRATIONS, grants: GRANTS });
  t.teardown(drop);
  const folder = join(await newFolder(t), 'new');
  const keys = newCheckpointKeys();
  const printed: unknown[] = [];
  const log = { ...silentLog, info: (line: unknown) => printed.push(line) } as unknown as Log;
  watchLog({ db, streams: () => 0, checkpointEverySeconds: 60 });
  const metric = async (name: string) =>
    (await defaultRegistry.metrics()).match(new RegExp(`^guichet_log_checkpoint_${name} (\\S+)$`, 'm'))?.[1];
  t.is(await metric('timestamp_seconds'), undefined);
  t.is(await metric('interval_seconds'), '60');

  await storeEvents(db, [buildEvent(), buildEvent()]);
  const signing = keepSigning({ db, log, keys, clock: () => new Date(), folder }, { everySeconds: 0.2 });
  await eventually(async () => (await metric('sequence')) === '2');
  const at = Number(await metric('timestamp_seconds'));
  t.true(Math.abs(at - Date.now() / 1000) < 60);
  await eventually(async () => Number(await metric('timestamp_seconds')) > at);
  t.is((await linesOf(folder)).length, 1, 'a log that does not grow gets no other checkpoint');

  await signing.stop();
  const stopping = keepSigning({ db, log, keys, clock: () => new Date(), folder }, { everySeconds: 3_600 });
  await storeEvents(db, [buildEvent()]);
  await stopping.stop();
  const stored = await queryOnce(db, readNewest(10));
  const lines = (await linesOf(folder)).map((line) => parseCheckpoint(JSON.parse(line)));
  t.deepEqual(lines, stored.toReversed());
  t.is(lines.at(-1)?.sequence, 3n);
  t.deepEqual(
    printed.map((line) => parseCheckpoint((line as { checkpoint: unknown }).checkpoint)),
    lines,
  );
  for (const line of lines) t.true(isSignedBy(publicKeysOf(keys.published), line));
});

test('a checkpoint is in the file once, after a line that a crash cut off too', async (t) => {
  const folder = await newFolder(t);
  const checkpoint = (sequence: bigint) => ({
    sequence,
    hash: Buffer.alloc(32),
    time: new Date(0),
    keyId: 'k',
    signature: Buffer.alloc(64, Number(sequence)),
  });
  await appendCheckpoint(folder, checkpoint(1n));
  await appendCheckpoint(folder, checkpoint(1n));
  await appendCheckpoint(folder, checkpoint(2n));
  t.is((await linesOf(folder)).length, 2);
  const file = join(folder, 'checkpoints.ndjson');
  await truncate(file, (await readFile(file)).length - 9);
  await appendCheckpoint(folder, checkpoint(2n));
  await appendCheckpoint(folder, checkpoint(2n));
  const lines = await linesOf(folder);
  t.is(lines.length, 3);
  t.deepEqual(parseCheckpoint(JSON.parse(lines[2] ?? '')), checkpoint(2n));
  await appendFile(file, 'no newline');
  await appendCheckpoint(folder, checkpoint(3n));
  t.is((await linesOf(folder)).length, 5);
});
