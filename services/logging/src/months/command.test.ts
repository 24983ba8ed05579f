import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { queryOnce } from '@guichet/database';
import { parseSigningKeys, toJson } from '@guichet/log-checkpoints';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { readNewest } from '../checkpoints/store.ts';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { GRANTS } from '../grants.ts';
import { storeEvents } from '../intake/store-events.ts';
import { addMonths } from './add-months.ts';
import { monthOf, monthsLater, startOf } from './rules.ts';

test('an operator lists, exports, verifies and drops months with the commands', async (t) => {
  const { db, settings, runtimeSettings, drop } = await testDatabase({
    migrations: MIGRATIONS,
    grants: GRANTS,
    pool: 2,
  });
  const folder = await mkdtemp(join(tmpdir(), 'guichet-months-'));
  t.teardown(async () => {
    await drop();
    await rm(folder, { recursive: true, force: true });
  });
  const LOG_SIGNING_KEY = randomBytes(32).toString('base64');
  const keys = parseSigningKeys([LOG_SIGNING_KEY]);
  const [old = '', later = ''] = [-15, -13].map((count) => monthsLater(monthOf(new Date()), count));
  await addMonths(db, { now: startOf(old), ahead: 0 });
  // The month after it has no entries.
  await addMonths(db, { now: startOf(later), ahead: 1 });
  for (const now of [startOf(old), startOf(later)]) {
    await storeEvents(db, [buildEvent(), buildEvent()], now);
    await signEnd({ db, keys, clock: () => now });
  }
  const environment = {
    ...runtimeSettings,
    LOG_SIGNING_KEY,
    DATABASE_MIGRATION_USER: settings.DATABASE_USER,
    DATABASE_MIGRATION_PASSWORD: settings.DATABASE_PASSWORD,
  };
  async function run(...args: string[]) {
    const given = Object.entries(environment).map(([name, value]) => [name, String(value)]);
    const file = fileURLToPath(new URL('../log-command.ts', import.meta.url));
    const command = spawn(process.execPath, [file, ...args], {
      env: { ...process.env, INIT_CWD: folder, ...Object.fromEntries(given) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    command.stdout.on('data', (chunk) => (output += chunk));
    command.stderr.on('data', (chunk) => (output += chunk));
    const [status] = await once(command, 'close');
    return { status, output };
  }
  const file = `guichet-log-${old}.ndjson.gz`;

  const listed = await run('months');
  t.is(listed.status, 0, listed.output);
  t.regex(listed.output, new RegExp(`${old} +1 +2 +2 +[0-9.]+ +- +may be dropped\\n${later} .* current`));
  t.is((await run('drop', old, '--exported', '.')).status, 2);
  t.regex(
    (await run('export', old, '--to', 'out')).output,
    new RegExp(`2 entries of ${old} are in .*${file}`),
  );
  t.regex((await run('verify-export', join('out', file))).output, /is intact: 2 entries/);
  t.regex((await run('drop', later, '--exported', 'out')).output, /Only the oldest month/);

  await storeEvents(db, [buildEvent()]);
  await signEnd({ db, keys, clock: () => new Date() });
  const kept = join(folder, 'kept.ndjson');
  await writeFile(
    kept,
    (await queryOnce(db, readNewest(10))).map((one) => JSON.stringify(toJson(one))).join('\n'),
  );
  const dropped = await run('drop', old, '--exported', 'out');
  t.is(dropped.status, 0, dropped.output);
  t.regex(dropped.output, /was dropped with 2 entries: the log begins after entry 2/);

  const verified = await run('verify', '--checkpoints', 'kept.ndjson');
  t.is(verified.status, 0, verified.output);
  t.regex(verified.output, /begins after entry 2, the last of .*: 1 months were dropped/);
  t.notRegex(verified.output, /exported part/, 'the checkpoint at entry 2 is that of the beginning');
  // As if the process had been killed while it dropped the month.
  await db('log_words').insert({ block: 0, words: Buffer.from('\nloyer\n') });
  t.is((await run('retain', '--to', 'out')).status, 0);
  t.is((await db('log_words').where({ block: 0 })).length, 1, 'nothing is removed without --drop');
  const retained = await run('retain', '--to', 'out', '--drop');
  t.is(retained.status, 0, retained.output);
  t.deepEqual(await db('log_words').where({ block: 0 }), []);
  t.regex(
    (await run('months')).output,
    new RegExp(`${old} .* dropped\\n${later} .* dropped\\n.* 0 +.* kept\\n`),
  );
  t.regex(
    (await run('verify', '--checkpoints', 'kept.ndjson')).output,
    /1 checkpoints are about the exported part/,
  );
  const whole = await run('verify', '--checkpoints', 'kept.ndjson', '--exports', 'out');
  t.regex(
    whole.output,
    /The exports are intact: 4 entries of 2 months lead to the beginning, and agree with 2 signed/,
  );
  const files = (await readdir(join(folder, 'out')))
    .filter((name) => name.endsWith('.gz'))
    .map((name) => join('out', name));
  t.is((await run('verify-export', ...files)).status, 0);
  t.regex((await run('verify-export', ...files.toReversed())).output, /does not follow/);
  await rm(join(folder, 'out', file));
  t.is((await run('verify', '--exports', 'out')).status, 1);

  for (const args of [
    ['months', '--x'],
    ['export', old],
    ['drop', '--exported', 'out'],
    ['retain'],
    ['verify-export'],
  ])
    t.regex((await run(...args)).output, /Use one of/, args.join(' '));
  t.regex((await run('export', '2025-13', '--to', 'out')).output, /A month is YYYY-MM/);
});
