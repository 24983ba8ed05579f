import { uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank } from '../fixtures.ts';

const test = anyTest as TestFn<{ test: TestBank }>;

test.before(async (t) => {
  t.context.test = await openTestBank();
});
test.after.always((t) => t.context.test.close());

test('a request reserves the funds immediately, and approval posts them', async (t) => {
  const { client, person, account, approve } = t.context.test;
  const [agent, alice, bob] = [
    await person('agent'),
    await person('member', 'Alice Martin'),
    await person('member', 'Bob Petit'),
  ];
  const from = await account(alice, agent, 50_000);
  const to = await account(bob, agent);
  const { body: payee } = await client.get(`/api/accounts/${to}`, { token: bob.token });

  const requested = await client.post(
    '/api/operations',
    {
      type: 'external_transfer',
      from_account_id: from,
      to: { name: 'Bob Petit', iban: payee.iban },
      amount: 12_345,
      reference: 'Rent',
    },
    { token: alice.token },
  );
  t.is(requested.status, 201, requested.text);
  t.is(requested.body.status, 'pending');
  const held = await client.get(`/api/accounts/${from}`, { token: alice.token });
  t.like(held.body, { balance: 50_000, held: 12_345, available: 37_655 });

  const posted = await approve(agent, requested.body.id);
  t.is(posted.body.status, 'posted');
  t.truthy(posted.body.transfer_id);
  t.like((await client.get(`/api/accounts/${from}`, { token: alice.token })).body, {
    balance: 37_655,
    held: 0,
  });
  t.like((await client.get(`/api/accounts/${to}`, { token: bob.token })).body, { balance: 12_345, held: 0 });

  const history = await client.get(`/api/accounts/${to}/transactions`, { token: bob.token });
  t.like(history.body.items[0], {
    amount: 12_345,
    balance_after: 12_345,
    counterparty: { name: 'Alice Martin' },
    reference: 'Rent',
  });
});

test('rejection, cancellation and expiry release the hold', async (t) => {
  const { client, person, account, queue, deps } = t.context.test;
  const [agent, alice] = [await person('agent'), await person('member')];
  const from = await account(alice, agent, 30_000);
  const ask = () =>
    client.post(
      '/api/operations',
      { type: 'withdrawal', account_id: from, amount: 10_000 },
      { token: alice.token },
    );
  const [first, second, third] = [await ask(), await ask(), await ask()];
  t.is((await ask()).body.code, 'insufficient_funds');

  const rejected = await client.post(
    `/api/operations/${first.body.id}/reject`,
    { reason: 'No' },
    { token: agent.token },
  );
  t.like(rejected.body, { status: 'rejected', decisions: [{ reason: 'No' }] });
  const cancelled = await client.post(`/api/operations/${second.body.id}/cancel`, undefined, {
    token: alice.token,
  });
  t.is(cancelled.body.status, 'cancelled');
  await deps
    .db('operations')
    .where('id', uuidBytes(third.body.id))
    .update({ expires_at: new Date('2026-10-01') });
  await queue.decide({
    operationId: third.body.id,
    action: 'expire',
    by: null,
    reason: null,
    correlationId: null,
    idempotency: null,
  });
  t.is((await client.get(`/api/operations/${third.body.id}`, { token: alice.token })).body.status, 'expired');
  t.like((await client.get(`/api/accounts/${from}`, { token: alice.token })).body, {
    balance: 30_000,
    held: 0,
    available: 30_000,
  });
});

test('above the threshold two different agents must approve', async (t) => {
  const { client, person, account, approve } = t.context.test;
  const [first, second, alice] = [await person('agent'), await person('agent'), await person('member')];
  const id = await account(alice, first);
  const { body } = await client.post(
    '/api/operations',
    { type: 'deposit', account_id: id, amount: 1_000_001 },
    { token: alice.token },
  );
  t.is(body.required_approvals, 2);
  t.is((await approve(first, body.id)).body.status, 'approved');
  t.is((await approve(first, body.id)).body.code, 'already_decided_by_you');
  t.is((await approve(second, body.id)).body.status, 'posted');
});

test('a reversal is decided by another agent, and a transfer can be reversed only once', async (t) => {
  const { client, person, account, approve } = t.context.test;
  const [maker, checker, alice] = [await person('agent'), await person('agent'), await person('member')];
  const id = await account(alice, maker, 900);
  const history = await client.get(`/api/accounts/${id}/transactions`, { token: alice.token });
  const transferId = history.body.items[0].transfer_id;
  const wrong = await client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: transferId, reason: 'Typed twice' },
    { token: alice.token },
  );
  t.is(wrong.body.code, 'forbidden');
  const requested = await client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: transferId, reason: 'Typed twice' },
    { token: maker.token },
  );
  t.is(requested.status, 201, requested.text);
  t.is((await approve(maker, requested.body.id)).body.code, 'not_your_own_request');
  const again = await client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: transferId, reason: 'Again' },
    { token: maker.token },
  );
  t.is(again.body.code, 'already_reversed');
  t.is((await approve(checker, requested.body.id)).body.status, 'posted');
  t.is((await client.get(`/api/accounts/${id}`, { token: alice.token })).body.balance, 0);
});

test('the same key replays the first reply, even a refusal, and is refused for a different request', async (t) => {
  const { client, person, account } = t.context.test;
  const [agent, alice] = [await person('agent'), await person('member')];
  const id = await account(alice, agent, 1_000);
  const ask = (amount: number, key: string) =>
    client.post(
      '/api/operations',
      { type: 'withdrawal', account_id: id, amount },
      { token: alice.token, headers: { 'idempotency-key': key } },
    );
  const first = await ask(400, 'k1');
  const again = await ask(400, 'k1');
  t.is(again.status, 201);
  t.deepEqual(again.body, first.body);
  t.is(again.headers['idempotency-replayed'], 'true');
  t.is((await ask(401, 'k1')).body.code, 'idempotency_key_reused');
  const refused = await ask(5_000, 'k2');
  t.is(refused.body.code, 'insufficient_funds');
  const refusedAgain = await ask(5_000, 'k2');
  t.like(refusedAgain, { status: 409, body: { code: 'insufficient_funds' } });
  t.is(refusedAgain.headers['idempotency-replayed'], 'true');
  const burst = await Promise.all(Array.from({ length: 20 }, () => ask(100, 'k3')));
  t.is(new Set(burst.filter(({ status }) => status === 201).map(({ body }) => body.id)).size, 1);
  t.is((await client.get(`/api/accounts/${id}`, { token: alice.token })).body.held, 500);
});

test('the items of a bulk decision are decided independently, in the given order', async (t) => {
  const { client, person, account } = t.context.test;
  const [agent, alice] = [await person('agent'), await person('member')];
  const id = await account(alice, agent);
  const ids = [];
  for (let i = 1; i <= 3; i += 1) {
    ids.push(
      (
        await client.post(
          '/api/operations',
          { type: 'deposit', account_id: id, amount: i },
          { token: alice.token },
        )
      ).body.id,
    );
  }
  const nobody = '01890000-0000-7000-8000-000000000000';
  const items = [
    { id: ids[0], decision: 'approve' },
    { id: nobody, decision: 'approve' },
    { id: ids[1], decision: 'reject', reason: 'No' },
    { id: ids[0], decision: 'approve' },
    { id: ids[2], decision: 'approve' },
  ];
  const send = () =>
    client.post(
      '/api/operations/decisions',
      { items },
      { token: agent.token, headers: { 'idempotency-key': 'bulk-1' } },
    );
  const reply = await send();
  t.is(reply.status, 200, reply.text);
  t.deepEqual(
    reply.body.items.map(
      (one: { status: string; error: { code: string } | null }) => one.error?.code ?? one.status,
    ),
    ['posted', 'not_found', 'rejected', 'not_pending', 'posted'],
  );
  const again = await send();
  t.deepEqual(again.body, reply.body);
  t.is(again.headers['idempotency-replayed'], 'true');
});

test('operations can be listed from either end, page by page, each exactly once', async (t) => {
  const { client, person, account } = t.context.test;
  const [agent, alice] = [await person('agent'), await person('member')];
  const to = await account(alice, agent);
  for (let amount = 1; amount <= 5; amount += 1) {
    await client.post('/api/operations', { type: 'deposit', account_id: to, amount }, { token: alice.token });
  }
  const walk = async (order: string) => {
    const amounts: number[] = [];
    let cursor = '';
    do {
      const path = `/api/operations?account=${to}&type=deposit&status=pending&limit=2${order}${cursor}`;
      const { body } = await client.get(path, { token: agent.token });
      amounts.push(...body.items.map((one: { amount: number }) => one.amount));
      cursor = body.next === null ? '' : `&cursor=${body.next}`;
    } while (cursor !== '');
    return amounts;
  };
  t.deepEqual(await walk(''), [5, 4, 3, 2, 1]);
  t.deepEqual(await walk('&order=newest'), [5, 4, 3, 2, 1]);
  t.deepEqual(await walk('&order=oldest'), [1, 2, 3, 4, 5]);
  const bad = await client.get('/api/operations?order=asc', { token: agent.token });
  t.like(bad, { status: 400, body: { code: 'invalid_request' } });
});
