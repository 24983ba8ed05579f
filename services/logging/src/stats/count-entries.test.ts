import { newId } from '@guichet/database';
import test from 'ava';
import { buildEvent, startTestLogging } from '../fixtures.ts';

const logging = await startTestLogging();
test.after.always(() => logging.close());
const { client, tokens } = logging;
const agent = { token: tokens.issue({ role: 'agent' }) };

test.serial('the counts of an empty log are zero', async (t) => {
  const { body } = await client.get('/api/logs/stats', agent);
  t.deepEqual(body, {
    total: 0,
    by_level: { INFO: 0, WARNING: 0, ERROR: 0 },
    by_action: {},
    by_service: {},
    series: [],
  });
});

test.serial(
  'totals and bars agree, days are in the bank’s time zone, and a day without entries has a bar too',
  async (t) => {
    await logging.store(
      buildEvent({ time: '2026-03-27T22:59:00.000Z', service: 'auth', action: 'LOGIN' }),
      buildEvent({ time: '2026-03-27T23:00:00.000Z', level: 'WARNING' }),
      buildEvent({ time: '2026-03-30T21:59:00.000Z', level: 'ERROR' }),
      buildEvent({ time: '2026-03-30T22:00:00.000Z' }),
    );
    const { body } = await client.get('/api/logs/stats', agent);
    t.is(body.total, 4);
    t.deepEqual(body.by_level, { INFO: 2, WARNING: 1, ERROR: 1 });
    t.deepEqual(body.by_action, { LOGIN: 1, TRANSFER_POSTED: 3 });
    t.deepEqual(body.by_service, { auth: 1, accounts: 3 });
    t.deepEqual(body.series, [
      { start: '2026-03-26T23:00:00.000Z', info: 1, warning: 0, error: 0 },
      { start: '2026-03-27T23:00:00.000Z', info: 0, warning: 1, error: 0 },
      { start: '2026-03-28T23:00:00.000Z', info: 0, warning: 0, error: 0 },
      { start: '2026-03-29T22:00:00.000Z', info: 0, warning: 0, error: 1 },
      { start: '2026-03-30T22:00:00.000Z', info: 1, warning: 0, error: 0 },
    ]);
  },
);

test.serial('a period has bars for every hour and minute, also for those without entries', async (t) => {
  const hours = await client.get('/api/logs/stats?bucket=hour&from=2026-03-29&to=2026-03-29', agent);
  t.is(hours.body.series.length, 23, 'the day on which summer time begins');
  t.is(hours.body.total, 0);
  const minutes = await client.get(
    '/api/logs/stats?bucket=minute&from=2026-03-30T21:58:30Z&to=2026-03-30T22:00:30Z&level=error',
    agent,
  );
  t.deepEqual(
    minutes.body.series.map(({ start, error }: { start: string; error: number }) => [
      start.slice(11, 16),
      error,
    ]),
    [
      ['21:58', 0],
      ['21:59', 1],
      ['22:00', 0],
    ],
  );
});

test.serial('without a period, only minutes with entries have a bar', async (t) => {
  await logging.store(buildEvent({ time: '2020-01-01T00:00:00.000Z' }));
  const { body } = await client.get('/api/logs/stats?bucket=minute', agent);
  t.is(body.series.length, 5);
});

test.serial('a member’s counts cover only entries that they may read', async (t) => {
  const userId = newId();
  await logging.store(buildEvent({ concerns: [userId] }), buildEvent());
  const token = tokens.issue({ userId, username: 'alice' });
  t.is((await client.get('/api/logs/stats', { token })).body.total, 1);
  t.is((await client.get('/api/logs/stats?user=bruno', { token })).status, 403);
});

test.serial('an invalid query is refused', async (t) => {
  for (const query of ['bucket=week', 'limit=1', 'cursor=x', 'from=x']) {
    t.is((await client.get(`/api/logs/stats?${query}`, agent)).body.code, 'invalid_request', query);
  }
});
