import { newId } from '@guichet/database';
import type { ContractReply } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson, type TestReplica } from './fixtures.ts';
import { reconcile } from './reconciliation/reconcile.ts';

const test = anyTest.serial as TestFn<{ one: TestBank; other: TestReplica }>;

test.before(async (t) => {
  const one = await openTestBank();
  t.context = { one, other: await one.replica() };
});
test.after.always(async (t) => {
  await t.context.other.close();
  await t.context.one.close();
});

async function people({ one }: { one: TestBank }, agents = 2) {
  const alice = await one.person('member', 'Alice Martin');
  const all = await Promise.all(Array.from({ length: agents }, () => one.person('agent')));
  return { alice, agents: all as [TestPerson, TestPerson, ...TestPerson[]] };
}

/** Runs all calls concurrently, distributed over the replicas. */
function atOnce<Item>(
  { one, other }: { one: TestReplica; other: TestReplica },
  items: readonly Item[],
  send: (client: TestReplica['client'], item: Item, index: number) => Promise<ContractReply>,
): Promise<ContractReply[]> {
  return Promise.all(items.map((item, index) => send((index % 2 === 0 ? one : other).client, item, index)));
}

const asking = (by: TestPerson, body: object, key?: string) => (client: TestReplica['client']) =>
  client.post('/api/operations', body, {
    token: by.token,
    ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
  });

const codes = (replies: readonly ContractReply[]) =>
  Object.fromEntries(
    [...Map.groupBy(replies, ({ status, body }) => (status < 400 ? body.status : body.code))].map(
      ([code, all]) => [code, all.length],
    ),
  );

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

test('of 100 concurrent debits with money for 37, exactly 37 are accepted and exactly 37 posted', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context);
  const account = await one.account(alice, agents[0], 3_700);
  const withdrawal = { type: 'withdrawal', account_id: account, amount: 100 };
  const asked = await atOnce(t.context, times(100), asking(alice, withdrawal));
  t.deepEqual(codes(asked), { pending: 37, insufficient_funds: 63 });
  const ids = asked.flatMap(({ status, body }) => (status === 201 ? [body.id] : []));
  // Each one is approved twice, by two agents on two replicas.
  const decided = await atOnce(t.context, [...ids, ...ids.toReversed()], (client, id, index) =>
    client.post(`/api/operations/${id}/approve`, undefined, {
      token: agents[index < 37 ? 0 : 1].token,
    }),
  );
  t.deepEqual(codes(decided), { posted: 37, not_pending: 37 });
  t.like((await one.client.get(`/api/accounts/${account}`, { token: alice.token })).body, {
    balance: 0,
    held: 0,
  });
});

test('one of 200 approvals of one operation by ten agents posts it, and all others are refused as already decided', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context, 10);
  const account = await one.account(alice, agents[0]);
  const { body } = await asking(alice, { type: 'deposit', account_id: account, amount: 500 })(one.client);
  const replies = await atOnce(t.context, times(200), (client, index) =>
    client.post(`/api/operations/${body.id}/approve`, undefined, {
      token: agents[(index >> 1) % 10]?.token ?? '',
    }),
  );
  t.deepEqual(codes(replies), { posted: 1, not_pending: 199 });
  t.is((await one.client.get(`/api/accounts/${account}`, { token: alice.token })).body.balance, 500);
});

test('only two of 200 approvals count for an operation that needs two, and they are by different agents', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context, 10);
  const account = await one.account(alice, agents[0]);
  const large = { type: 'deposit', account_id: account, amount: 1_000_001 };
  const { body } = await asking(alice, large)(one.client);
  const replies = await atOnce(t.context, times(200), (client, index) =>
    client.post(`/api/operations/${body.id}/approve`, undefined, {
      token: agents[(index >> 1) % 10]?.token ?? '',
    }),
  );
  const { approved, posted, not_pending = 0, already_decided_by_you = 0 } = codes(replies);
  t.deepEqual([approved, posted, not_pending + already_decided_by_you], [1, 1, 198]);
  const { decisions } = (await one.client.get(`/api/operations/${body.id}`, { token: alice.token })).body;
  t.is(new Set(decisions.map(({ by }: { by: { id: string } }) => by.id)).size, 2);
});

test('transfers around a ring of ten accounts in both directions: no deadlock reaches a client', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context);
  const ring: string[] = [];
  for (const _ of times(10)) ring.push(await one.account(alice, agents[0], 100_000));
  const moves = ring.flatMap((from, i) =>
    [1, 9, 1, 9].map((step, turn) => ({
      type: 'internal_transfer',
      from_account_id: from,
      to_account_id: ring[(i + step) % 10],
      amount: 100 + i + turn,
    })),
  );
  // Some are requested while others are decided.
  let waiting: string[] = [];
  for (const round of times(5)) {
    const [asked, decided] = await Promise.all([
      atOnce(t.context, round < 4 ? moves : [], (client, move) => asking(alice, move)(client)),
      atOnce(t.context, waiting, (client, id) =>
        client.post(`/api/operations/${id}/approve`, undefined, { token: agents[0].token }),
      ),
    ]);
    t.deepEqual(codes(decided), round === 0 ? {} : { posted: 40 });
    t.deepEqual(codes(asked), round === 4 ? {} : { pending: 40 });
    waiting = asked.map(({ body }) => body.id);
  }
  const { items } = (await one.client.get('/api/accounts', { token: alice.token })).body;
  const total = items.reduce((sum: number, { balance }: { balance: number }) => sum + balance, 0);
  t.is(total, 1_000_000);
});

test('either a cancellation or a concurrent approval succeeds, and both clients get the true status, fifty times', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context);
  const account = await one.account(alice, agents[0], 5_000);
  const won = { posted: 0, cancelled: 0 };
  for (const round of times(50)) {
    const asked = await asking(alice, { type: 'withdrawal', account_id: account, amount: 100 })(one.client);
    const path = `/api/operations/${asked.body.id}`;
    const actions = [
      { action: 'approve', by: agents[0], means: 'posted' },
      { action: 'cancel', by: alice, means: 'cancelled' },
    ] as const;
    const order = round % 2 === 0 ? actions : actions.toReversed();
    const replies = await atOnce(t.context, order, (client, { action, by }) =>
      client.post(`${path}/${action}`, undefined, { token: by.token }),
    );
    const { status } = (await one.client.get(path, { token: alice.token })).body as {
      status: keyof typeof won;
    };
    won[status] += 1;
    t.deepEqual(codes(replies), { [status]: 1, not_pending: 1 });
    const winner = order.findIndex(({ means }) => means === status);
    t.is(replies[winner]?.body.status, status);
  }
  t.log(`posted ${won.posted}, cancelled ${won.cancelled}`);
  t.like((await one.client.get(`/api/accounts/${account}`, { token: alice.token })).body, {
    balance: 5_000 - 100 * won.posted,
    held: 0,
  });
});

test('two replicas never both accept a reversal of the same transfer, whatever its kind', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context);
  const [account, second] = [
    await one.account(alice, agents[0], 50_000),
    await one.account(alice, agents[0]),
  ];
  const kinds = [
    { type: 'withdrawal', account_id: account, amount: 100 },
    { type: 'deposit', account_id: account, amount: 100 },
    { type: 'internal_transfer', from_account_id: account, to_account_id: second, amount: 100 },
  ];
  for (const round of times(24)) {
    const asked = await asking(alice, kinds[round % 3] ?? {})(one.client);
    const { transfer_id } = (await one.approve(agents[0], asked.body.id)).body;
    const reversal = { type: 'reversal', transfer_id, reason: 'Typed twice' };
    const replies = await atOnce(t.context, times(4), asking(agents[0], reversal));
    t.deepEqual(codes(replies), { pending: 1, already_reversed: 3 }, kinds[round % 3]?.type);
  }
});

test('concurrent requests with one key on two replicas create one operation, and all get its reply', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context);
  const account = await one.account(alice, agents[0], 10_000);
  const withdrawal = { type: 'withdrawal', account_id: account, amount: 100 };
  for (const _ of times(10)) {
    const replies = await atOnce(t.context, times(6), asking(alice, withdrawal, newId()));
    const answered = replies.filter(({ body }) => body.code !== 'request_in_progress');
    t.true(answered.length >= 2);
    t.is(new Set(answered.map(({ text }) => text)).size, 1, codes(replies).toString());
    t.is(answered.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1);
  }
  const { held } = (await one.client.get(`/api/accounts/${account}`, { token: alice.token })).body;
  t.is(held, 1_000);
});

test('a reply of one replica is replayed by another, also for bulk decisions and saved payees', async (t) => {
  const { one, other } = t.context;
  const { alice, agents } = await people(t.context);
  const account = await one.account(alice, agents[0]);
  const ids = [];
  for (const amount of [1, 2, 3]) {
    ids.push((await asking(alice, { type: 'deposit', account_id: account, amount })(one.client)).body.id);
  }
  const bundle = { items: ids.map((id) => ({ id, decision: 'approve' })) };
  const payee = { name: 'Hans', iban: 'DE89370400440532013000' };
  for (const [path, body, { token }] of [
    ['/api/operations/decisions', bundle, agents[0]],
    ['/api/beneficiaries', payee, alice],
  ] as const) {
    const headers = { 'idempotency-key': newId() };
    const both = await atOnce(t.context, times(2), (client) => client.post(path, body, { token, headers }));
    t.deepEqual(both[0]?.body, both[1]?.body);
    t.true(both.every(({ status }) => status < 300));
    const later = await other.client.post(path, body, { token, headers });
    t.is(later.headers['idempotency-replayed'], 'true');
    t.deepEqual(later.body, both[0]?.body);
  }
  t.is((await one.client.get(`/api/accounts/${account}`, { token: alice.token })).body.balance, 6);
});

test('if a replica dies between the commit and its reply, another replica replays the reply', async (t) => {
  const { one } = t.context;
  const { alice, agents } = await people(t.context);
  const account = await one.account(alice, agents[0], 10_000);
  const withdrawal = { type: 'withdrawal', account_id: account, amount: 100 };
  const lost = async (send: (client: TestReplica['client']) => Promise<ContractReply>) => {
    const mortal = await one.replica();
    // Called after the commit and before any reply.
    mortal.deps.committed = () => mortal.crash();
    await t.throwsAsync(send(mortal.client));
    const answer = await send(one.client);
    t.is(answer.headers['idempotency-replayed'], 'true');
    return answer.body;
  };
  const asked = await lost(asking(alice, withdrawal, newId()));
  t.is(asked.status, 'pending');
  const headers = { 'idempotency-key': newId() };
  const decided = await lost((client) =>
    client.post(`/api/operations/${asked.id}/approve`, undefined, { token: agents[0].token, headers }),
  );
  t.is(decided.status, 'posted');
  t.like((await one.client.get(`/api/accounts/${account}`, { token: alice.token })).body, {
    balance: 9_900,
    held: 0,
  });
});

test('a stored reply is written to before it is replayed, so it is on disk before a client sees it', async (t) => {
  const { one, other } = t.context;
  const { alice, agents } = await people(t.context);
  const account = await one.account(alice, agents[0], 10_000);
  const requests = [
    { path: '/api/operations', body: { type: 'deposit', account_id: account, amount: 5 }, by: alice },
    { path: '/api/beneficiaries', body: { name: 'Hans', iban: 'DE89370400440532013000' }, by: alice },
    {
      path: '/api/operations/decisions',
      body: { items: [{ id: newId(), decision: 'approve' }] },
      by: agents[0],
    },
  ];
  for (const { path, body, by } of requests) {
    const ask = (client: TestReplica['client'], key: string) =>
      client.post(path, body, { token: by.token, headers: { 'idempotency-key': key } });
    const key = newId();
    const givenAt = async () => {
      const row = await one.deps.db('idempotency_keys').where('idempotency_key', key).first();
      return row.created_at.getTime() as number;
    };
    const first = await ask(one.client, key);
    const at = await givenAt();
    const second = await ask(other.client, key);
    t.deepEqual(second.body, first.body);
    t.is(await givenAt(), at + 1, path);
  }
});

test('after all this the ledger reconciles', async (t) => {
  const { deps } = t.context.one;
  const { ok, checks } = await reconcile(deps.db, deps.clock());
  t.true(ok, JSON.stringify(checks.filter((check) => !check.ok)));
});
