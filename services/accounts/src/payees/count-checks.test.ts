import test from 'ava';
import { openTestBank } from '../fixtures.ts';

test('a user can check 300 payees a minute on all replicas together, without affecting other users', async (t) => {
  const bank = await openTestBank();
  const other = await bank.replica();
  const [alice, bob] = [await bank.person('member'), await bank.person('member')];
  bank.time.now = new Date('2026-10-15T10:00:15.000Z');
  const check = (client = bank.client, token = alice.token, headers: Record<string, string> = {}) =>
    client.post('/api/payees/verify', { iban: 'DE89370400440532013000', name: 'X' }, { token, headers });
  const first = await check(bank.client, alice.token, { 'idempotency-key': 'once' });
  t.is(first.status, 200);
  for (let done = 1; done < 300; done += 1) {
    const { status } = await check(done % 2 === 0 ? bank.client : other.client);
    if (status !== 200) t.fail(`${status} after ${done}`);
  }
  const refused = await check(other.client);
  t.like(refused, { status: 429, body: { code: 'too_many_requests' } });
  t.is(refused.headers['retry-after'] ?? (refused.headers as never as Headers).get?.('retry-after'), '45');
  t.is(
    (await check(bank.client, alice.token, { 'idempotency-key': 'once' })).status,
    200,
    'a replay does not count',
  );
  t.is((await check(bank.client, bob.token)).status, 200);
  bank.time.now = new Date('2026-10-15T10:01:00.000Z');
  t.is((await check()).status, 200);
  for (let done = 1; done < 300; done += 1) await check(done % 2 === 0 ? bank.client : other.client);
  bank.time.now = new Date('2026-10-15T10:00:59.900Z');
  t.is((await check(other.client)).status, 429, 'a replica whose clock is behind adds to the same count');
  bank.time.now = new Date('2026-10-15T10:01:00.000Z');
  t.is((await check()).status, 429);
  await other.close();
  await bank.close();
});
