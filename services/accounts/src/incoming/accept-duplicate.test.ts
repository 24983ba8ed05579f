import { randomUUID } from 'node:crypto';
import { queryOnce, select, sql, uuid, uuidBytes } from '@guichet/database';
import test, { type ExecutionContext } from 'ava';
import { decideOperations } from '../decisions/decide-operations.ts';
import { openTestBank, type TestPerson } from '../fixtures.ts';
import { pacs004, pacs008, type Sent } from '../payment-files/files.fixture.ts';
import { payElsewhere } from '../payments/payments.fixture.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import { postItems } from './post-items.ts';

const bank = await openTestBank();
const agent = await bank.person('agent');
const other = await bank.person('agent');
const third = await bank.person('agent');
const member = await bank.person('member', 'Ines Martin');
test.after.always(() => bank.close());

const message = () => `M${randomUUID().replaceAll('-', '').slice(0, 30)}`;
const upload = (body: string, path = 'incoming') =>
  bank.client.post(`/api/payments/${path}`, undefined, {
    token: agent.token,
    raw: body,
    headers: { 'content-type': 'application/xml' },
  });
const itemsOf = async (id: string) =>
  (await bank.client.get(`/api/payments/incoming/${id}/items`, { token: agent.token })).body.items;
const accept = (
  itemId: string,
  {
    by = agent,
    client = bank.client,
    reason = 'The employer always sends this id' as unknown,
    key = '',
  } = {},
) =>
  client.post(
    `/api/payments/duplicates/${itemId}/accept`,
    { reason },
    { token: by.token, ...(key === '' ? {} : { headers: { 'idempotency-key': key } }) },
  );
const balanceOf = async (id: string) =>
  (await bank.client.get(`/api/accounts/${id}`, { token: agent.token })).body.balance;

async function newAccount(balance = 0) {
  const id = await bank.account(member, agent, balance);
  const { body } = await bank.client.get(`/api/accounts/${id}`, { token: agent.token });
  return { id, iban: body.iban as string };
}

/** The id of a file that was received, and approved if `by` isn't null. */
async function received(body: string, { by = other as TestPerson | null, path = 'incoming' } = {}) {
  const sent = await upload(body, path);
  if (sent.status !== 202) throw new Error(sent.text);
  if (by === null) return sent.body.id as string;
  const approved = await bank.approve(by, sent.body.id);
  if (approved.status !== 200) throw new Error(approved.text);
  return sent.body.id as string;
}

/** An approved file whose payments are one and its duplicates. */
async function withDuplicates(pay: Sent, count = 1, by: TestPerson | null = other) {
  const fileId = await received(pacs008(message(), [pay, ...Array(count).fill(pay)]), { by });
  const duplicates = (await itemsOf(fileId)).slice(1);
  return { fileId, duplicates, duplicate: duplicates[0] };
}

async function reconciles(t: ExecutionContext): Promise<void> {
  const { ok, checks } = await reconcile(bank.deps.db, bank.time.now);
  t.true(ok, JSON.stringify(checks.filter((one) => !one.ok)));
}

async function entriesOf(accountId: string): Promise<number> {
  const [row] = await queryOnce(
    bank.deps.db,
    select<{ n: bigint }>(sql`SELECT COUNT(*) AS n FROM entries WHERE account_id = ${uuid(accountId)}`),
  );
  return Number(row?.n);
}

const pay = (iban: string, more: Sent = {}): Sent => ({
  endToEndId: `E${randomUUID()}`.slice(0, 35),
  iban,
  ...more,
});

async function reverse(t: ExecutionContext, transferId: string) {
  const asked = await bank.client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: transferId, reason: 'Twice after all' },
    { token: agent.token },
  );
  t.is(asked.status, 201, asked.text);
  return bank.approve(other, asked.body.id);
}

// Serial, so that no other test reconciles while it is broken. The tests of returns are serial because a batch takes every transfer that waits.
test.serial('reconciliation finds a duplicate that is to be posted without an acceptance', async (t) => {
  const { iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban));
  const setTo = async (status: string, state: string) => {
    await bank
      .owner('payment_items')
      .where({ id: uuidBytes(duplicate.id) })
      .update({ status });
    await bank
      .owner('payment_files')
      .where({ operation_id: uuidBytes(fileId) })
      .update({ state });
  };
  await setTo('pending', 'posting');
  const { checks } = await reconcile(bank.deps.db, bank.time.now);
  t.deepEqual(
    checks.flatMap((one) => (one.ok ? [] : [one.name])),
    ['clearing_equals_unsettled_transfers'],
  );
  await setTo('duplicate', 'posted');
  await reconciles(t);
});

test('a duplicate is posted once another agent approves it', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban, { amount: '25.00' }));
  t.like(duplicate, { status: 'duplicate', acceptance_id: null });
  t.is(await balanceOf(accountId), 2_500);

  const key = randomUUID();
  const asked = await accept(duplicate.id, { key });
  t.is(asked.status, 201, asked.text);
  t.like(asked.body, {
    type: 'duplicate_acceptance',
    status: 'pending',
    amount: 2_500,
    currency: 'EUR',
    account_id: null,
    to: null,
    from: { name: 'Acme SARL', iban: 'DE89370400440532013000' },
    reference: 'Salary November',
    reason: 'The employer always sends this id',
    file_operation_id: fileId,
    required_approvals: 1,
  });
  const again = await accept(duplicate.id, { key });
  t.is(again.headers['idempotency-replayed'], 'true');
  t.deepEqual(again.body, asked.body);
  t.is((await accept(duplicate.id, { key, reason: 'Another one' })).body.code, 'idempotency_key_reused');
  const shown = await bank.client.get(`/api/payments/duplicates/${duplicate.id}`, { token: other.token });
  t.like(shown.body, { status: 'duplicate', acceptance_id: asked.body.id, operation_id: fileId });
  t.is((await bank.approve(agent, asked.body.id)).body.code, 'not_your_own_request');
  t.is(await balanceOf(accountId), 2_500);
  await reconciles(t);

  const approved = await bank.approve(other, asked.body.id);
  t.like(approved.body, { status: 'posted', file_operation_id: fileId });
  t.is(await balanceOf(accountId), 5_000);
  t.like((await itemsOf(fileId))[1], {
    status: 'credited',
    account_id: accountId,
    reason: null,
    acceptance_id: asked.body.id,
    resolution_id: null,
  });
  const posted = await bank.client.get(`/api/operations/${duplicate.id}`, { token: agent.token });
  t.like(posted.body, { type: 'incoming_payment', status: 'posted', file_operation_id: fileId });
  const { body: kept } = await bank.client.get(`/api/operations/${asked.body.id}`, { token: agent.token });
  t.is(kept.file_operation_id, fileId);
  t.is((await accept(duplicate.id)).body.code, 'not_a_duplicate');
  t.is((await bank.approve(third, asked.body.id)).body.code, 'not_pending');
  t.is(await postItems(bank.deps, { fileId }), 0);
  t.is(await balanceOf(accountId), 5_000);
  await reconciles(t);
});

test('members, other scopes and requests without a reason are refused, and what isn’t a duplicate', async (t) => {
  const { iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban));
  t.is((await accept(duplicate.id, { by: member })).status, 403);
  const weak = { ...agent, token: bank.token('agent', agent, ['operations:decide']) };
  t.is((await accept(duplicate.id, { by: weak })).body.code, 'insufficient_scope');
  for (const reason of [null, '', '   ', 7, 'x'.repeat(501)])
    t.is((await accept(duplicate.id, { reason })).status, 400, String(reason));
  const bare = await bank.client.post(`/api/payments/duplicates/${duplicate.id}/accept`, undefined, {
    token: agent.token,
  });
  t.is(bare.status, 400);
  const [credited] = await itemsOf(fileId);
  t.is((await accept(credited.id)).body.code, 'not_a_duplicate');
  for (const id of [fileId, randomUUID(), 'x']) {
    t.is((await accept(id)).status, 404, id);
    t.is((await bank.client.get(`/api/payments/duplicates/${id}`, { token: agent.token })).status, 404, id);
  }
  const shown = (by: TestPerson, id: string) =>
    bank.client.get(`/api/payments/duplicates/${id}`, { token: by.token });
  t.is((await shown(member, duplicate.id)).status, 403);
  t.is((await shown(agent, credited.id)).status, 404);
  const unknown = await withDuplicates(pay('FR7630006000011234567890189'));
  const [suspended] = await itemsOf(unknown.fileId);
  t.is((await accept(suspended.id)).body.code, 'not_a_duplicate');
  t.like((await itemsOf(fileId))[1], { status: 'duplicate', acceptance_id: null });
});

test('nothing of a file that waits or was rejected is accepted', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban), 1, null);
  t.is((await accept(duplicate.id)).body.code, 'file_not_approved');
  await bank.client.post(`/api/operations/${fileId}/reject`, { reason: 'Not ours' }, { token: other.token });
  t.is((await accept(duplicate.id)).body.code, 'file_not_approved');
  t.is(await balanceOf(accountId), 0);
});

test('a request that ends without approval leaves a duplicate that may be requested again', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban));
  const first = await accept(duplicate.id);
  t.is((await accept(duplicate.id, { by: other })).body.code, 'already_requested');
  const path = (id: string, step: string) => `/api/operations/${id}/${step}`;
  await bank.client.post(path(first.body.id, 'reject'), { reason: 'No' }, { token: other.token });
  t.like((await itemsOf(fileId))[1], { status: 'duplicate', acceptance_id: null });
  const second = await accept(duplicate.id);
  t.is(second.status, 201, second.text);
  const cancelled = await bank.client.post(path(second.body.id, 'cancel'), undefined, { token: agent.token });
  t.is(cancelled.status, 403);
  const expired = { operationId: second.body.id, action: 'expire', by: null, reason: null } as const;
  const late = { ...bank.deps, clock: () => new Date(bank.time.now.getTime() + 400 * 24 * 3_600_000) };
  await decideOperations(late, [{ ...expired, correlationId: null, idempotency: null }]);
  t.like((await itemsOf(fileId))[1], { status: 'duplicate', acceptance_id: null });
  t.is(await balanceOf(accountId), 10_000);
  await bank.approve(other, (await accept(duplicate.id)).body.id);
  t.is(await balanceOf(accountId), 20_000);
});

test('requested and approved twice at once, over two replicas, it is posted once', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  const { fileId, duplicate } = await withDuplicates(pay(iban));
  const replies = await Promise.all([
    accept(duplicate.id),
    accept(duplicate.id, { client: replica.client }),
    accept(duplicate.id, { by: other, client: replica.client }),
    accept(duplicate.id),
  ]);
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 409, 409, 409]);
  const asked = replies.find(({ status }) => status === 201)?.body;
  const deciders = [agent, other, third].filter(({ id }) => id !== asked.requester.id);
  const approvals = await Promise.all(
    deciders.flatMap(({ token }) =>
      [bank.client, replica.client].map((client) =>
        client.post(`/api/operations/${asked.id}/approve`, undefined, { token }),
      ),
    ),
  );
  t.deepEqual(approvals.map(({ status }) => status).sort(), [200, 409, 409, 409]);
  await Promise.all([postItems(bank.deps), postItems(replica.deps, { fileId })]);
  t.is(await balanceOf(accountId), 20_000);
  t.is(await entriesOf(accountId), 2);
  await reconciles(t);
});

test('two agents accept above the threshold, and a file and what was accepted count together', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const big = pay(iban, { amount: '10000.01' });
  const waiting = await withDuplicates(big, 1, null);
  for (const one of [other, third]) await bank.approve(one, waiting.fileId);
  const asked = await accept(waiting.duplicate.id);
  t.is(asked.body.required_approvals, 2);
  t.is((await bank.approve(other, asked.body.id)).body.status, 'approved');
  t.is(await balanceOf(accountId), 1_000_001);
  t.is((await bank.approve(third, asked.body.id)).body.status, 'posted');
  t.is(await balanceOf(accountId), 2_000_002);

  const lone = await bank.person('agent');
  const { duplicates } = await withDuplicates(pay(iban, { amount: '4000.00' }), 2, lone);
  const statuses = [];
  for (const { id } of duplicates)
    statuses.push((await bank.approve(lone, (await accept(id)).body.id)).body.status);
  t.deepEqual(statuses, ['posted', 'approved']);
});

test('while its file is being posted, a duplicate is accepted and posted once with the others', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const COUNT = 600;
  const payments = Array.from({ length: COUNT }, () => pay(iban, { amount: '0.01' }));
  const [first = {}] = payments;
  const fileId = await received(pacs008(message(), [first, ...payments]), { by: null });
  // As if the process died before it posted a payment.
  const approval = { operationId: fileId, action: 'approve', by: { ...other, role: 'agent' } } as const;
  await decideOperations(bank.deps, [{ ...approval, reason: null, correlationId: null, idempotency: null }]);
  const [, duplicate] = await itemsOf(fileId);
  t.is(duplicate.status, 'duplicate');
  const asked = await accept(duplicate.id);
  t.is(asked.status, 201, asked.text);
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  const [approved] = await Promise.all([
    bank.approve(other, asked.body.id),
    postItems(bank.deps, { fileId }),
    postItems(replica.deps),
  ]);
  t.is(approved.body.status, 'posted', approved.text);
  await postItems(bank.deps);
  t.is(await balanceOf(accountId), COUNT + 1);
  t.is(await entriesOf(accountId), COUNT + 1);
  await reconciles(t);
});

test('a replica that dies after the approval leaves the payment to the others', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const { duplicate } = await withDuplicates(pay(iban));
  const asked = await accept(duplicate.id);
  await decideOperations(bank.deps, [
    {
      operationId: asked.body.id,
      action: 'approve',
      by: { ...other, role: 'agent' },
      reason: null,
      correlationId: null,
      idempotency: null,
    },
  ]);
  t.is(await balanceOf(accountId), 10_000);
  await reconciles(t);
  await postItems(bank.deps);
  t.is(await balanceOf(accountId), 20_000);
  await reconciles(t);
});

test('an accepted payment that can’t be credited goes to suspense, and is resolved there', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban));
  const reversed = await reverse(t, (await itemsOf(fileId))[0].id);
  t.is(reversed.body.status, 'posted');
  const closing = await bank.client.post(`/api/accounts/${accountId}/close`, undefined, {
    token: member.token,
  });
  await bank.approve(other, closing.body.id);
  const asked = await accept(duplicate.id);
  await bank.approve(other, asked.body.id);
  t.like((await itemsOf(fileId))[1], {
    status: 'suspense',
    reason: 'account_not_open',
    acceptance_id: asked.body.id,
    resolution_id: null,
  });
  const sentBack = await bank.client.post(
    `/api/payments/suspense/${duplicate.id}/return`,
    { reason: 'The account is closed' },
    { token: agent.token },
  );
  t.is((await bank.approve(other, sentBack.body.id)).body.status, 'posted', sentBack.text);
  t.is((await itemsOf(fileId))[1].status, 'returned');
  await reconciles(t);
});

test('the credit of an accepted payment can be reversed, its acceptance can’t', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const { fileId, duplicate } = await withDuplicates(pay(iban));
  const asked = await accept(duplicate.id);
  await bank.approve(other, asked.body.id);
  const refused = await bank.client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: asked.body.id, reason: 'Undo' },
    { token: agent.token },
  );
  t.is(refused.body.code, 'not_reversible');
  t.is((await reverse(t, duplicate.id)).body.status, 'posted');
  t.is(await balanceOf(accountId), 10_000);
  t.like((await itemsOf(fileId))[1], {
    status: 'suspense',
    reason: 'reversed',
    acceptance_id: asked.body.id,
  });
  await reconciles(t);
  t.is((await accept(duplicate.id)).body.code, 'not_a_duplicate');
  const assigned = await bank.client.post(
    `/api/payments/suspense/${duplicate.id}/assign`,
    { account_id: accountId },
    { token: agent.token },
  );
  t.is((await bank.approve(other, assigned.body.id)).body.status, 'posted');
  t.is(await balanceOf(accountId), 20_000);
  await reconciles(t);
});

test.serial(
  'a return that came again after its transfer was sent is accepted, and another one isn’t given back twice',
  async (t) => {
    const { id: accountId } = await newAccount(50_000);
    const paid = await payElsewhere(
      t,
      bank,
      agent,
      { person: member, account: accountId },
      { amount: 9_000 },
    );
    const back = { endToEndId: paid.replaceAll('-', ''), amount: '90.00' };
    const early = await received(pacs004(message(), [back, back, back]), { path: 'returns' });
    t.deepEqual(
      (await itemsOf(early)).map(({ status }: { status: string }) => status),
      ['suspense', 'duplicate', 'duplicate'],
    );
    await bank.client.post('/api/payments/batches', {}, { token: agent.token });
    t.is(await balanceOf(accountId), 41_000);
    for (const { id } of (await itemsOf(early)).slice(1))
      t.is((await bank.approve(other, (await accept(id)).body.id)).body.status, 'posted');
    t.is(await balanceOf(accountId), 50_000);
    t.deepEqual(
      (await itemsOf(early)).map(({ status, reason }: { status: string; reason: string }) => [
        status,
        reason,
      ]),
      [
        ['suspense', 'transfer_not_found'],
        ['returned', null],
        ['suspense', 'already_reversed'],
      ],
    );
    await reconciles(t);
  },
);

test.serial('an accepted return of a transfer that was reversed meanwhile waits in suspense', async (t) => {
  const { id: accountId } = await newAccount(50_000);
  const paid = await payElsewhere(t, bank, agent, { person: member, account: accountId }, { amount: 7_000 });
  const back = { endToEndId: paid.replaceAll('-', ''), amount: '70.00' };
  const file = await received(pacs004(message(), [back, back]), { path: 'returns' });
  const [, duplicate] = await itemsOf(file);
  const asked = await accept(duplicate.id);
  t.is((await reverse(t, paid)).body.status, 'posted');
  t.is((await bank.approve(other, asked.body.id)).body.status, 'posted');
  t.is(await balanceOf(accountId), 50_000);
  t.like((await itemsOf(file))[1], { status: 'suspense', reason: 'transfer_not_found' });
  await reconciles(t);
});

test('a file with nothing but duplicates moves nothing until one is accepted', async (t) => {
  const { id: accountId, iban } = await newAccount();
  const rent = pay(iban, { amount: '750.00' });
  await received(pacs008(message(), [rent]));
  const file = pacs008(message(), [rent]);
  const sent = await upload(file);
  t.is(sent.status, 202, sent.text);
  t.like(sent.body, { amount: 0, file: { count: 1, total: 75_000 }, required_approvals: 1 });
  t.is((await upload(file)).body.code, 'file_already_received');
  const approved = await bank.approve(other, sent.body.id);
  t.like(approved.body, { status: 'posted', transfer_id: null });
  t.is(await balanceOf(accountId), 75_000);
  const reversal = { type: 'reversal', transfer_id: sent.body.id, reason: 'Undo' };
  t.is((await bank.client.post('/api/operations', reversal, { token: agent.token })).status, 404);
  await reconciles(t);
  const [duplicate] = await itemsOf(sent.body.id);
  await bank.approve(other, (await accept(duplicate.id)).body.id);
  t.is(await balanceOf(accountId), 150_000);
  await reconciles(t);
});

test.serial('a return that comes again in a file of its own is accepted', async (t) => {
  const { id: accountId } = await newAccount(50_000);
  const paid = await payElsewhere(t, bank, agent, { person: member, account: accountId }, { amount: 8_000 });
  const back = [{ endToEndId: paid.replaceAll('-', ''), amount: '80.00' }];
  const early = await received(pacs004(message(), back), { path: 'returns' });
  t.is((await itemsOf(early))[0].reason, 'transfer_not_found');
  await bank.client.post('/api/payments/batches', {}, { token: agent.token });
  const proper = await received(pacs004(message(), back), { path: 'returns' });
  const [duplicate] = await itemsOf(proper);
  t.is(duplicate.status, 'duplicate');
  await bank.approve(other, (await accept(duplicate.id)).body.id);
  t.is((await itemsOf(proper))[0].status, 'returned');
  t.is(await balanceOf(accountId), 50_000);
  await reconciles(t);
});
