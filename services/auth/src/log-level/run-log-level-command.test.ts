import { eventsOf } from '@guichet/outbox';
import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { UsageError } from '../usage-error.ts';
import { runLogLevelCommand } from './run-log-level-command.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const now = new Date('2026-11-30T12:00:00Z');
const run = async (...args: string[]) =>
  (await runLogLevelCommand({ db: auth.database.db, now }, args)).join('\n');

async function published() {
  const rows = await auth.database.db('outbox').orderBy('sequence').select('id', 'subject', 'payload');
  return rows.flatMap(eventsOf).map(({ subject, payload }) => ({ subject, payload: JSON.parse(payload) }));
}

test.serial('the level of a service is published with its end, and logged with the operator', async (t) => {
  t.regex(
    await run('accounts', 'debug', '--for', '15m'),
    /debug within seconds, until 2026-11-30T12:15:00.000Z/,
  );
  const events = await published();
  t.deepEqual(events.find(({ subject }) => subject === 'levels.accounts')?.payload, {
    service: 'accounts',
    level: 'debug',
    until: '2026-11-30T12:15:00.000Z',
  });
  const logged = events.find(({ subject }) => subject.startsWith('log.'))?.payload;
  t.like(logged, {
    action: 'ADMIN_COMMAND',
    level: 'WARNING',
    data: { command: 'log-level accounts debug', log_level: 'debug', expires_at: '2026-11-30T12:15:00.000Z' },
  });
  t.is(typeof logged.data.operator, 'string');
  t.is(typeof logged.data.host, 'string');
});

test.serial('an operator ends a change before its time', async (t) => {
  t.regex(await run('accounts', 'reset'), /level of its settings/);
  const levels = (await published()).filter(({ subject }) => subject === 'levels.accounts');
  t.deepEqual(levels.at(-1)?.payload, { service: 'accounts', level: null, until: now.toISOString() });
});

test.serial('a wrong service, level or duration is refused, and nothing is published', async (t) => {
  const before = (await published()).length;
  for (const args of [
    [],
    ['accounts'],
    ['bank', 'debug', '--for', '15m'],
    ['accounts', 'debug'],
    ['accounts', 'loud', '--for', '15m'],
    // Warnings must stay: they are entries of the audit log.
    ['accounts', 'error', '--for', '15m'],
    ['accounts', 'fatal', '--for', '15m'],
    ['accounts', 'debug', '--for', '25h'],
    ['accounts', 'debug', '--for', '0m'],
    ['accounts', 'debug', '--for', 'ever'],
    ['accounts', 'debug', '--for', '15m', 'more'],
    ['accounts', 'reset', '--for', '15m'],
  ])
    await t.throwsAsync(run(...args), { instanceOf: UsageError }, args.join(' '));
  t.is((await published()).length, before);
});
