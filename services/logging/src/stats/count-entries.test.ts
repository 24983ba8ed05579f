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

test.serial('with a group, counts come largest first, and the list has as many entries', async (t) => {
  const bruno = { id: newId(), username: 'bruno', role: 'agent' as const };
  const time = (hour: number) => new Date(Date.UTC(2019, 4, 6, hour, 20)).toISOString();
  await logging.store(
    ...[8, 8, 9].map((hour) => buildEvent({ actor: bruno, time: time(hour) })),
    buildEvent({ actor: bruno, time: time(9), action: 'DEPOSIT_REJECTED' }),
    buildEvent({ time: time(9), action: 'DEPOSIT_EXPIRED' }),
    ...['192.0.2.1', '192.0.2.1', '2001:db8:0:1::5', '2001:db8:0:1::6', '2001:db8:0:1::7'].map((ip) =>
      buildEvent({ time: time(9), service: 'auth', action: 'LOGIN_FAILED', level: 'WARNING', data: { ip } }),
    ),
  );
  const period = 'from=2019-05-06&to=2019-05-06';
  const groups = async (query: string) =>
    (await client.get(`/api/logs/stats?${period}&${query}`, agent)).body.groups;
  const listed = async (query: string) =>
    (await client.get(`/api/logs?${period}&${query}`, agent)).body.items.length;

  t.deepEqual(await groups('group=outcome'), [
    { key: 'posted', count: 3 },
    { key: 'expired', count: 1 },
    { key: 'rejected', count: 1 },
  ]);
  t.is(await listed('outcome=posted'), 3);
  t.deepEqual(await groups('group=actor'), [{ key: bruno.id, count: 4 }]);
  t.is(await listed(`actor=${bruno.id}`), 4);
  t.deepEqual(await groups('group=hour'), [
    { key: '2019-05-06T09:00:00.000Z', count: 8 },
    { key: '2019-05-06T08:00:00.000Z', count: 2 },
  ]);
  t.deepEqual(await groups('group=decision&bucket=hour'), [
    { key: `${bruno.id} 2019-05-06T08:00:00.000Z`, count: 2 },
    { key: `${bruno.id} 2019-05-06T09:00:00.000Z`, count: 2 },
  ]);
  t.is(await listed(`decision=true&actor=${bruno.id}`), 4);
  t.deepEqual(await groups('group=address'), [
    { key: '2001:db8:0:1::/64', count: 3 },
    { key: '192.0.2.1', count: 2 },
  ]);
  t.is(await listed('address=2001:db8:0:1::/64'), 3);
  t.is(await listed('address=2001:db8:0:1:9::1'), 3, 'an address of that network');
  t.deepEqual(await groups('group=level'), [
    { key: 'INFO', count: 5 },
    { key: 'WARNING', count: 5 },
  ]);
});

test.serial('the groups of a member have only entries that they may read', async (t) => {
  const alice = { id: newId(), username: 'alice', role: 'member' as const };
  const [bruno, carol] = [newId(), newId()];
  const failed = { service: 'auth', action: 'LOGIN_FAILED', data: { ip: '198.51.100.7' } };
  await logging.store(
    buildEvent({ actor: { id: bruno, username: 'bruno', role: 'agent' }, concerns: [alice.id] }),
    buildEvent({ actor: { id: carol, username: 'carol', role: 'agent' } }),
    buildEvent({ ...failed, subject: { type: 'user', id: alice.id }, concerns: [alice.id] }),
    buildEvent(failed),
  );
  const token = tokens.issue({ userId: alice.id, username: alice.username });
  const groups = async (group: string) =>
    (await client.get(`/api/logs/stats?group=${group}`, { token })).body.groups.map(
      ({ key, count }: { key: string; count: number }) => [key.split(' ')[0], count],
    );
  t.deepEqual(await groups('actor'), [[bruno, 1]]);
  t.deepEqual(await groups('decision'), [[bruno, 1]]);
  t.deepEqual(await groups('address'), [['198.51.100.7', 1]]);
  t.is((await client.get(`/api/logs?actor=${bruno}`, { token })).status, 403);
  t.is((await client.get('/api/logs/stats?group=week', agent)).body.code, 'invalid_request');
});

test.serial(
  'of more network addresses than a chart shows, those with the most failed sign-ins are counted',
  async (t) => {
    const failedFrom = (index: number) =>
      buildEvent({
        service: 'auth',
        action: 'LOGIN_FAILED',
        time: '2018-05-06T08:07:00.000Z',
        data: { ip: `10.0.${index >> 8}.${index & 255}` },
      });
    for (let from = 0; from < 1_002; from += 334)
      await logging.store(...Array.from({ length: 334 }, (_, offset) => failedFrom(from + offset)));
    await logging.store(failedFrom(1_001));
    const query = 'from=2018-05-06T00:00:00Z&to=2018-05-07T00:00:00Z&group=address';
    const { groups } = (await client.get(`/api/logs/stats?${query}`, agent)).body;
    t.is(groups.length, 1_000);
    t.deepEqual(groups[0], { key: '10.0.3.233', count: 2 });
  },
);
