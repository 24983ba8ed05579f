import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

const test = anyTest.serial as TestFn<{ test: TestBank; agent: TestPerson; alice: TestPerson }>;

test.before(async (t) => {
  const bank = await openTestBank({ limitDayMinor: 1_000n });
  t.context = { test: bank, agent: await bank.person('agent'), alice: await bank.person('member') };
});
test.after.always((t) => t.context.test.close());

function taking({ test: bank, alice }: { test: TestBank; alice: TestPerson }, account: string) {
  return async (at: string, amount: number, more: object = { type: 'withdrawal', account_id: account }) => {
    bank.time.now = new Date(at);
    return bank.client.post('/api/operations', { amount, ...more }, { token: alice.token });
  };
}

for (const [what, first, sameDay, nextDay] of [
  ['in summer', '2026-07-14T22:30:00.000Z', '2026-07-15T21:30:00.000Z', '2026-07-15T22:00:00.000Z'],
  ['in winter', '2026-12-14T23:30:00.000Z', '2026-12-15T22:30:00.000Z', '2026-12-15T23:00:00.000Z'],
  // Days of 23 and 25 hours: the clocks go forward on 29 March and back on 25 October.
  [
    'when it has 23 hours',
    '2026-03-28T23:00:00.000Z',
    '2026-03-29T21:59:59.999Z',
    '2026-03-29T22:00:00.000Z',
  ],
  [
    'when it has 25 hours',
    '2026-10-24T22:00:00.000Z',
    '2026-10-25T22:59:59.999Z',
    '2026-10-25T23:00:00.000Z',
  ],
] as const) {
  test(`a day is the bank’s ${what}: 23:30 in Paris belongs to it, whatever the date is in UTC`, async (t) => {
    const { test: bank, agent, alice } = t.context;
    const take = taking(t.context, await bank.account(alice, agent, 10_000));
    t.is((await take(first, 700)).status, 201);
    t.is((await take(sameDay, 301)).body.code, 'limit_exceeded');
    t.is((await take(sameDay, 300)).status, 201);
    t.is((await take(nextDay, 1_000)).status, 201);
  });
}

test('refused, rejected and cancelled requests do not count, and neither do transfers between own accounts', async (t) => {
  const { test: bank, agent, alice } = t.context;
  const [account, other] = [await bank.account(alice, agent, 10_000), await bank.account(alice, agent)];
  const take = taking(t.context, account);
  const at = '2026-05-05T10:00:00.000Z';
  const own = { type: 'internal_transfer', from_account_id: account, to_account_id: other };
  t.is((await take(at, 5_000, own)).status, 201);
  t.is((await take(at, 9_000)).body.code, 'insufficient_funds');
  const [first, second] = [await take(at, 600), await take(at, 400)];
  t.is((await take(at, 1)).body.code, 'limit_exceeded');
  await bank.client.post(`/api/operations/${first.body.id}/cancel`, undefined, { token: alice.token });
  await bank.client.post(
    `/api/operations/${second.body.id}/reject`,
    { reason: 'No' },
    { token: agent.token },
  );
  const abroad = {
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'X', iban: 'BE68539007547034' },
  };
  t.is((await take(at, 1_000, abroad)).status, 201);
  t.is((await take(at, 1)).body.code, 'limit_exceeded');
});

test('an agent sets an account’s limits and overdraft, and the owner also sees the log entries', async (t) => {
  const { test: bank, agent, alice } = t.context;
  const account = await bank.account(alice, agent, 10_000);
  const headers = { 'x-request-id': 'limits-1' };
  const put = (what: string, body: object) =>
    bank.client.put(`/api/accounts/${account}/${what}`, body, { token: agent.token, headers });
  await put('limits', { operation: 2_000, day: 3_000 });
  await put('overdraft', { amount: 500 });
  const take = taking(t.context, account);
  const at = '2026-05-06T10:00:00.000Z';
  t.is((await take(at, 2_001)).body.code, 'limit_exceeded');
  t.is((await take(at, 2_000)).status, 201);
  t.is((await take(at, 1_001)).body.code, 'limit_exceeded');
  t.is((await take(at, 1_000)).status, 201);
  const rows = await bank.deps
    .db('outbox')
    .where('payload', 'like', '%"correlation_id":"limits-1"%')
    .orderBy('sequence');
  const [limits, overdraft] = rows.map(({ payload }) => JSON.parse(payload));
  t.like(limits, {
    action: 'LIMITS_CHANGED',
    actor: { id: agent.id },
    subject: { id: account },
    concerns: [alice.id],
    data: { from: { operation: null, day: null }, to: { operation: 2_000, day: 3_000 } },
  });
  t.like(overdraft, {
    action: 'OVERDRAFT_CHANGED',
    concerns: [alice.id],
    data: { from: 0, to: 500 },
  });
});

for (const [whose, own] of [
  ['the bank’s', null],
  ['the account’s own', 2_000],
] as const) {
  test(`many concurrent requests on two replicas never exceed ${whose} daily limit`, async (t) => {
    const { test: bank, agent, alice } = t.context;
    bank.time.now = new Date('2026-11-10T10:00:00.000Z');
    const account = await bank.account(alice, agent, 50_000);
    const limits = { operation: null, day: own };
    t.is(
      (await bank.client.put(`/api/accounts/${account}/limits`, limits, { token: agent.token })).status,
      200,
    );
    const other = await bank.replica();
    const take = { type: 'withdrawal', account_id: account, amount: 100 };
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 === 0 ? bank : other).client.post('/api/operations', take, { token: alice.token }),
      ),
    );
    const accepted = replies.filter(({ status }) => status === 201);
    t.is(accepted.length * take.amount, own ?? 1_000);
    await other.close();
  });
}
