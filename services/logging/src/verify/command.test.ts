import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { queryOnce } from '@guichet/database';
import { parseSigningKeys, toJson } from '@guichet/log-checkpoints';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { appendCheckpoint } from '../checkpoints/checkpoint-file.ts';
import { signEnd } from '../checkpoints/sign-end.ts';
import { readNewest } from '../checkpoints/store.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';

async function run(args: readonly string[], environment: Record<string, unknown>) {
  const given = Object.entries(environment).map(([name, value]) => [name, String(value)]);
  const file = fileURLToPath(new URL('../log-command.ts', import.meta.url));
  const command = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, INIT_CWD: '', ...Object.fromEntries(given) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  command.stdout.on('data', (chunk) => (output += chunk));
  command.stderr.on('data', (chunk) => (output += chunk));
  const [status] = await once(command, 'close');
  return { status, output };
}

test('the command prints whether the log is intact, and its exit status says so too', async (t) => {
  const { db, settings, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  await storeEvents(db, [buildEvent(), buildEvent()]);
  const verify = (environment = {}) => run(['verify'], { ...settings, ...environment });

  const intact = await verify();
  t.is(intact.status, 0);
  t.regex(intact.output, /intact: 2 entries.*\nCheckpoints were not checked/);
  await db.raw('DROP TRIGGER log_entries_no_update');
  await db.raw("UPDATE log_entries SET message = 'x' WHERE sequence = 2");
  const broken = await verify();
  t.is(broken.status, 1);
  t.regex(broken.output, /broken at sequence 2/);
  t.is((await verify({ DATABASE_PORT: 1 })).status, 2);
  for (const args of [[], ['repair'], ['verify', '--checkpoint', 'x'], ['verify', 'x']]) {
    const wrong = await run(args, settings);
    t.is(wrong.status, 2);
    t.regex(wrong.output, /Use one of\n {2}verify \[--checkpoints FILE\]/);
  }
});

test('the command compares the log with checkpoints in a file, by the keys of the bank or by published keys', async (t) => {
  const { db, settings, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  const folder = await mkdtemp(join(tmpdir(), 'guichet-verify-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const LOG_SIGNING_KEY = randomBytes(32).toString('base64');
  const keys = parseSigningKeys([LOG_SIGNING_KEY]);
  const ndjson = join(folder, 'checkpoints.ndjson');
  for (let count = 0; count < 2; count += 1) {
    await storeEvents(db, [buildEvent()]);
    const signed = await signEnd({ db, keys, clock: () => new Date() });
    if (signed !== null) await appendCheckpoint(folder, signed.checkpoint);
  }
  const items = (await queryOnce(db, readNewest(10))).map(toJson);
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const page = await file('page.json', JSON.stringify({ items, next: null }, null, 2));
  const lines = await file(
    'pods.log',
    ['kubectl says hello', ...items.map((checkpoint) => JSON.stringify({ level: 30, checkpoint }))].join(
      '\n',
    ),
  );
  const published = await file('keys.json', JSON.stringify(keys.published));
  const server = createServer((_, reply) => reply.end(JSON.stringify(keys.published))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/log-keys.json`;
  const secret = { ...settings, LOG_SIGNING_KEY };

  const own = await run(['verify', '--checkpoints', ndjson], secret);
  t.is(own.status, 0, own.output);
  t.regex(own.output, /agrees with 2 signed checkpoints/);
  const auditor = await run(['verify', '--checkpoints', page, '--keys', published], settings);
  t.regex(auditor.output, /agrees with 2 signed checkpoints/);
  const remote = await run(['verify', '--checkpoints', lines, '--keys', url], settings);
  t.is(remote.status, 0, remote.output);
  t.regex(remote.output, /1 lines of .* left out/);
  t.regex((await run(['verify'], secret)).output, /agrees with 2 signed checkpoints/);

  const others = await file('others.json', JSON.stringify(newCheckpointKeys().published));
  const empty = await file('empty', 'nothing\n');
  const unusable: [string[], RegExp][] = [
    [['--checkpoints', ndjson], /add --keys/],
    [['--checkpoints', ndjson, '--keys', others], /not signed by a key of the bank/],
    [['--checkpoints', empty, '--keys', published], /no checkpoints in/],
    [['--checkpoints', `${ndjson}x`, '--keys', published], /can’t be read/],
    [['--keys', ndjson], /keys of .* can’t be used/],
    [['--keys', 'http://127.0.0.1:1/'], /can’t be read/],
  ];
  for (const [args, output] of unusable) {
    const refused = await run(['verify', ...args], settings);
    t.is(refused.status, 2, refused.output);
    t.regex(refused.output, output);
  }

  for (const table of ['log_entries', 'log_concerns', 'log_checkpoints']) {
    await db.raw(`DROP TRIGGER ${table}_no_delete`);
    await db.raw(`DELETE FROM ${table}`);
  }
  for (const table of ['log_counts', 'log_hours']) await db.raw(`DELETE FROM ${table}`);
  await db.raw('UPDATE log_chain SET sequence = 0, hash = REPEAT(CHAR(0), 32)');
  t.is((await run(['verify'], secret)).status, 0, 'an emptied log looks like a new one');
  const cut = await run(['verify', '--checkpoints', ndjson], secret);
  t.is(cut.status, 1);
  t.regex(cut.output, /broken at sequence 1: the end of the chain was cut off: entry 1 was signed/);
  t.is((await readFile(ndjson, 'utf8')).trim().split('\n').length, 2);
});
