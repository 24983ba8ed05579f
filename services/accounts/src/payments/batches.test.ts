import { newId, uuidBytes } from '@guichet/database';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson, type TestReplica } from '../fixtures.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import type { PaymentBatch } from './batch.ts';
import { payElsewhere } from './payments.fixture.ts';
import { firstOf } from './views.ts';

interface Context {
  bank: TestBank;
  other: TestReplica;
  agents: [TestPerson, TestPerson];
  alice: TestPerson;
  account: string;
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank({ secondAgentAboveMinor: 10n ** 12n });
  const agents: [TestPerson, TestPerson] = [await bank.person('agent'), await bank.person('agent')];
  const alice = await bank.person('member', 'Alice Martin');
  const account = await bank.account(alice, agents[0], 9_000_000);
  t.context = { bank, other: await bank.replica(), agents, alice, account };
});
test.after.always(async (t) => {
  await t.context.other.close();
  await t.context.bank.close();
});
test.afterEach(async (t) => {
  const { deps } = t.context.bank;
  const { ok, checks } = await reconcile(deps.db, deps.clock());
  t.true(ok, JSON.stringify(checks.filter((one) => !one.ok)));
});

const BATCHES = '/api/payments/batches';

const pay = (t: ExecutionContext<Context>, amount?: number) => {
  const { bank, agents, alice, account } = t.context;
  return payElsewhere(t, bank, agents[0], { person: alice, account }, amount === undefined ? {} : { amount });
};
const create = ({ bank, agents }: Context, client = bank.client, agent = agents[0], headers = {}) =>
  client.post(BATCHES, {}, { token: agent.token, headers });
const step = (
  { bank, agents }: Context,
  id: string,
  name: 'sent' | 'settled',
  client = bank.client,
  headers = {},
) => client.post(`${BATCHES}/${id}/${name}`, undefined, { token: agents[0].token, headers });
const operation = async ({ bank }: Context, id: string, { token }: TestPerson) =>
  (await bank.client.get(`/api/operations/${id}`, { token })).body;
const undo = ({ bank, agents }: Context, transfer_id: string, client = bank.client) =>
  client.post(
    '/api/operations',
    { type: 'reversal', transfer_id, reason: 'Typed twice' },
    { token: agents[0].token },
  );

/** The balance of one of the bank's own accounts. */
async function house({ bank }: Context, kind: 'clearing' | 'settlement'): Promise<bigint> {
  const id = uuidBytes(
    `686f7573-6500-8000-8000-${kind === 'clearing' ? '02' : '03'}${Buffer.from('EUR').toString('hex')}0000`,
  );
  const [[row]] = await bank.owner.raw(
    'SELECT COALESCE(SUM(IF(credit_account_id = ?, amount, -amount)), 0) AS sum FROM transfers WHERE ? IN (credit_account_id, debit_account_id)',
    [id, id],
  );
  return BigInt(row.sum);
}

test('posted transfers to other banks leave in a batch, which is sent and then settled, each once', async (t) => {
  const { bank, agents, alice, account } = t.context;
  const [agent] = agents;
  const bob = await bank.person('member', 'Bob Petit');
  const theirs = await bank.account(bob, agent);
  const { iban } = (await bank.client.get(`/api/accounts/${theirs}`, { token: bob.token })).body;
  const [first, second] = [await pay(t, 1_234), await pay(t, 4_000)];
  const within = await payElsewhere(t, bank, agent, { person: alice, account }, { iban, name: 'Bob Petit' });
  const waiting = {
    type: 'external_transfer',
    from_account_id: account,
    amount: 5,
    to: { name: 'Otto', iban: 'DE89370400440532013000' },
  };
  await bank.client.post('/api/operations', waiting, { token: alice.token });
  const takenBack = await pay(t, 77);
  t.is((await operation(t.context, takenBack, alice)).payment_status, 'waiting');
  await bank.approve(agents[1], (await undo(t.context, takenBack)).body.id);
  t.is((await operation(t.context, takenBack, alice)).payment_status, null);

  const made = await create(t.context);
  t.is(made.status, 201, made.text);
  const { id } = made.body;
  t.like(made.body, {
    status: 'created',
    count: 2,
    total: 5_234,
    currency: 'EUR',
    execute_on: '2026-10-15',
    created_by: { id: agent.id, username: agent.username },
    sent_at: null,
    settled_at: null,
    transfers: [
      {
        operation_id: first,
        status: 'created',
        amount: 1_234,
        to: { name: 'Otto Normal', iban: 'DE89370400440532013000' },
      },
      { operation_id: second, status: 'created', amount: 4_000 },
    ],
  });
  t.is((await create(t.context)).body.code, 'nothing_to_send');
  t.is((await operation(t.context, within, alice)).payment_status, null);
  const times = { batched_at: bank.time.now.toISOString(), sent_at: null, settled_at: null };
  t.like(await operation(t.context, first, alice), { payment_status: 'created', batch_id: null, ...times });
  t.like(await operation(t.context, first, agent), { payment_status: 'created', batch_id: id, ...times });
  t.is(await house(t.context, 'clearing'), 5_234n);

  t.is((await step(t.context, id, 'settled')).body.code, 'batch_not_sent');
  const sent = await step(t.context, id, 'sent', bank.client, { 'idempotency-key': 'send' });
  t.like(sent.body, { status: 'sent', sent_at: bank.time.now.toISOString() });
  t.is(sent.body.transfers[0].status, 'sent');
  t.is((await step(t.context, id, 'sent')).body.code, 'batch_not_created');
  const replayed = await step(t.context, id, 'sent', bank.client, { 'idempotency-key': 'send' });
  t.deepEqual([replayed.body, replayed.headers['idempotency-replayed']], [sent.body, 'true']);
  t.is(await house(t.context, 'clearing'), 5_234n, 'sending moves no money');

  const settled = await step(t.context, id, 'settled');
  t.like(settled.body, { status: 'settled', count: 2 });
  t.is((await step(t.context, id, 'settled')).body.code, 'batch_not_sent');
  t.is((await step(t.context, id, 'sent')).body.code, 'batch_not_created');
  t.is(await house(t.context, 'clearing'), 0n);
  t.is(await house(t.context, 'settlement'), 5_234n);
  t.like(await operation(t.context, first, alice), {
    payment_status: 'settled',
    batch_id: null,
    batched_at: made.body.created_at,
    sent_at: sent.body.sent_at,
    settled_at: settled.body.settled_at,
  });
  t.deepEqual((await bank.client.get(`${BATCHES}/${id}`, { token: agent.token })).body, settled.body);
  t.is((await undo(t.context, id)).status, 404, 'a settlement is no transfer of a customer');
  t.is((await bank.client.get(`/api/operations/${id}/entries`, { token: agent.token })).status, 404);

  const listed = async (query: string) =>
    (await bank.client.get(`${BATCHES}${query}`, { token: agent.token })).body.items.map(
      (one: { id: string }) => one.id,
    );
  t.deepEqual(await listed('?status=settled'), [id]);
  const [whole] = (await bank.client.get(`${BATCHES}?status=settled`, { token: agent.token })).body.items;
  t.deepEqual(whole, settled.body);
  t.deepEqual(await listed('?status=sent'), []);
  await pay(t);
  const next = (await create(t.context)).body.id;
  t.deepEqual(await listed(''), [next, id]);
  const page = (await bank.client.get(`${BATCHES}?limit=1`, { token: agent.token })).body;
  t.deepEqual(await listed(`?limit=1&cursor=${page.next}`), [id]);
});

test('only agents, with tokens for it, may see and make batches', async (t) => {
  const { bank, agents, alice } = t.context;
  const superuser = await bank.person('superuser');
  await pay(t);
  const { id } = (await create(t.context)).body;
  const narrow = bank.token('agent', agents[0], ['accounts:read', 'operations:decide']);
  for (const token of [alice.token, superuser.token, narrow]) {
    for (const path of ['', `/${id}`, `/${id}/pain001.xml`])
      t.is((await bank.client.get(`${BATCHES}${path}`, { token })).status, 403);
    for (const path of ['', `/${id}/sent`, `/${id}/settled`])
      t.is(
        (await bank.client.post(`${BATCHES}${path}`, path === '' ? {} : undefined, { token })).status,
        403,
      );
  }
  // An agent of yesterday, whose token is still valid.
  const gone = await bank.person('agent');
  await bank.admit({ ...gone, role: 'member' });
  await bank.owner('people').where('id', uuidBytes(gone.id)).update({ role: 'member' });
  t.is((await step({ ...t.context, agents: [gone, gone] }, id, 'sent')).status, 403);
  for (const name of ['sent', 'settled'] as const) t.is((await step(t.context, newId(), name)).status, 404);
  t.is((await bank.client.get(`${BATCHES}/${id}`, { token: agents[1].token })).body.status, 'created');
});

test('transfers in other currencies are in no batch', async (t) => {
  const { bank, agents, alice } = t.context;
  const account = await bank.account(alice, agents[0], 50_000, 'CHF');
  const id = await payElsewhere(t, bank, agents[0], { person: alice, account });
  t.is((await create(t.context)).body.code, 'nothing_to_send');
  t.like(await operation(t.context, id, agents[0]), { payment_status: null, batch_id: null });
});

test('agents who create batches at the same time, on two replicas, put each transfer into one of them', async (t) => {
  const { bank, other, agents } = t.context;
  for (let round = 0; round < 4; round += 1) {
    const paid = [await pay(t, 11), await pay(t, 22), await pay(t, 33)];
    const replies = await Promise.all(
      [0, 1, 2, 3].map((index) =>
        create(t.context, index % 2 === 0 ? bank.client : other.client, agents[index % 2]),
      ),
    );
    t.deepEqual(replies.map(({ status }) => status).sort(), [201, 422, 422, 422]);
    const batch = replies.find(({ status }) => status === 201)?.body;
    t.deepEqual(
      batch.transfers.map((one: { operation_id: string }) => one.operation_id),
      paid,
    );
  }
});

test('one key creates one batch, however often it is sent', async (t) => {
  const { bank, other, agents } = t.context;
  await pay(t);
  const headers = { 'idempotency-key': 'batch' };
  const replies = await Promise.all([
    create(t.context, bank.client, agents[0], headers),
    create(t.context, other.client, agents[0], headers),
  ]);
  const made = replies.find(({ status, body }) => status === 201 && body.id !== undefined);
  await pay(t);
  const again = await create(t.context, other.client, agents[0], headers);
  t.deepEqual([again.status, again.body], [201, made?.body]);
  t.is(again.headers['idempotency-replayed'], 'true');
  t.is((await create(t.context)).body.count, 1, 'the second transfer is in the next one');
});

test('a batch that agents settle at the same time is settled once', async (t) => {
  const { bank, other } = t.context;
  await pay(t, 500);
  const { id } = (await create(t.context)).body;
  const all = (name: 'sent' | 'settled') =>
    Promise.all(
      [0, 1, 2, 3].map((index) => step(t.context, id, name, index % 2 === 0 ? bank.client : other.client)),
    );
  const statuses = (replies: { status: number }[]) => replies.map(({ status }) => status).sort();
  const before = await house(t.context, 'settlement');
  t.deepEqual(statuses(await all('sent')), [200, 409, 409, 409]);
  t.deepEqual(statuses(await all('settled')), [200, 409, 409, 409]);
  t.is((await house(t.context, 'settlement')) - before, 500n);
});

test('a process that dies while it settles has settled all or nothing', async (t) => {
  const { bank } = t.context;
  for (let afterMs = 0; afterMs < 12; afterMs += 3) {
    await pay(t, 700);
    const { id } = (await create(t.context)).body;
    await step(t.context, id, 'sent');
    const mortal = await bank.replica();
    const headers = { 'idempotency-key': `settle ${id}` };
    const settling = step(t.context, id, 'settled', mortal.client, headers).catch(() => null);
    setTimeout(() => mortal.crash(), afterMs);
    await settling;
    const { deps } = bank;
    t.true((await reconcile(deps.db, deps.clock())).ok);
    // A dead connection may still hold its lock for a moment.
    const again = await step(t.context, id, 'settled', bank.client, headers);
    t.is(again.status, 200, again.text);
    t.is(again.body.status, 'settled');
    t.is((await bank.owner('transfers').where('id', uuidBytes(id))).length, 1);
    await mortal.close().catch(() => undefined);
  }
});

test('a transfer that is in a batch can’t be reversed', async (t) => {
  const { bank, agents } = t.context;
  const paid = await pay(t);
  const { id } = (await create(t.context)).body;
  for (const name of [null, 'sent', 'settled'] as const) {
    if (name !== null) await step(t.context, id, name);
    const refused = await undo(t.context, paid);
    t.deepEqual([refused.status, refused.body.code], [409, 'already_in_batch']);
  }
  // As if the batch had taken it although its reversal was pending: the approval looks again.
  const late = await pay(t);
  const pending = await undo(t.context, late);
  const change = (state: string, batch_id: Buffer | null) =>
    bank.owner('outgoing_transfers').where('operation_id', uuidBytes(late)).update({ state, batch_id });
  await change('batched', uuidBytes(id));
  const approval = await bank.approve(agents[1], pending.body.id);
  t.deepEqual([approval.status, approval.body.code], [409, 'already_in_batch']);
  t.is((await operation(t.context, pending.body.id, agents[1])).refusal.code, 'already_in_batch');
  await change('returned', uuidBytes(id));
  t.is((await bank.approve(agents[1], pending.body.id)).body.code, 'already_in_batch');
  await change('waiting', null);
  t.is((await bank.approve(agents[1], pending.body.id)).body.status, 'posted');
  t.is((await create(t.context)).body.code, 'nothing_to_send');
});

test('a transfer whose reversal is pending waits until it is decided', async (t) => {
  const { bank, agents } = t.context;
  const [kept, undone] = [await pay(t, 100), await pay(t, 200)];
  const [first, second] = [await undo(t.context, kept), await undo(t.context, undone)];
  t.is((await create(t.context)).body.code, 'nothing_to_send');
  await bank.client.post(
    `/api/operations/${first.body.id}/reject`,
    { reason: 'No' },
    { token: agents[1].token },
  );
  t.is((await bank.approve(agents[1], second.body.id)).body.status, 'posted');
  const made = await create(t.context);
  t.deepEqual(
    made.body.transfers.map((one: { operation_id: string }) => one.operation_id),
    [kept],
  );
});

test('a transfer is never both sent and reversed, in either order, on two replicas', async (t) => {
  const { bank, other, agents } = t.context;
  const seen = new Set<string>();
  for (let round = 0; round < 24 && (round < 8 || seen.size < 2); round += 1) {
    const paid = await pay(t, 300);
    const isFirst = round % 2 === 0;
    const [reversal, batch] = isFirst
      ? await Promise.all([undo(t.context, paid, other.client), create(t.context)])
      : (await Promise.all([create(t.context, other.client), undo(t.context, paid)])).toReversed();
    const isTaken = batch?.status === 201;
    t.is(reversal?.status, isTaken ? 409 : 201, `${reversal?.text} ${batch?.text}`);
    seen.add(isTaken ? 'sent' : 'reversed');
    if (isTaken) continue;
    // The same for the approval, whose reversal keeps the transfer out of every batch.
    const [approval, none] = await Promise.all([
      bank.approve(agents[1], reversal?.body.id),
      create(t.context, other.client),
    ]);
    t.deepEqual([approval.body.status, none.body.code], ['posted', 'nothing_to_send']);
  }
});

test('every step is in the audit log', async (t) => {
  const { bank, agents } = t.context;
  await pay(t, 900);
  const { id } = (await create(t.context)).body;
  await step(t.context, id, 'sent');
  await step(t.context, id, 'settled');
  const file = `${bank.client.origin}${BATCHES}/${id}/pain001.xml`;
  for (const method of ['HEAD', 'GET'])
    await fetch(file, { method, headers: { authorization: `Bearer ${agents[0].token}` } });
  const rows = await bank.owner('outbox').where('payload', 'like', `%${id}%`).orderBy('sequence');
  const logged = rows
    .map(({ payload }) => JSON.parse(payload))
    .map(({ action, actor, subject, data }) => ({
      action,
      actor: actor.id,
      subject,
      data,
    }));
  const data = { batch_id: id, count: 1, amount: 900, currency: 'EUR', execute_on: '2026-10-15' };
  t.deepEqual(
    logged,
    ['BATCH_CREATED', 'BATCH_SENT', 'BATCH_SETTLED', 'BATCH_DOWNLOADED'].map((action) => ({
      action,
      actor: agents[0].id,
      subject: { type: 'payment_batch', id },
      data,
    })),
  );
});

test('a page of batches has their transfers, and ends early if they have many', (t) => {
  const batch = (count: number) => ({ count }) as PaymentBatch;
  t.deepEqual(
    firstOf([batch(9_000), batch(1)]).map(({ count }) => count),
    [9_000],
  );
  t.deepEqual(
    firstOf([batch(3_000), batch(2_000), batch(1)]).map(({ count }) => count),
    [3_000, 2_000],
  );
  t.deepEqual(firstOf([]), []);
});
