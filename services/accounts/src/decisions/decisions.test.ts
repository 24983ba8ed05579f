import { uuidBytes } from '@guichet/database';
import { eventsOf } from '@guichet/outbox';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { MAX_BALANCE_MINOR } from '../operations/rules.ts';
import { expireOperations } from './expire-operations.ts';

const test = anyTest as TestFn<{
  test: TestBank;
  ann: TestPerson;
  ben: TestPerson;
  alice: TestPerson;
  account: string;
}>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [ann, ben] = [await bank.person('agent'), await bank.person('agent')];
  const alice = await bank.person('member');
  t.context = { test: bank, ann, ben, alice, account: await bank.account(alice, ann, 100_000) };
});
test.after.always((t) => t.context.test.close());

const ENDS = ['approve', 'reject', 'cancel', 'expire'] as const;
type End = (typeof ENDS)[number];
const STATUS = { approve: 'posted', reject: 'rejected', cancel: 'cancelled', expire: 'expired' } as const;

function doing({ test: bank, ann, alice }: { test: TestBank; ann: TestPerson; alice: TestPerson }) {
  return async (
    verdict: End,
    id: string,
  ): Promise<{ status: number; body: { code?: string; status?: string } }> => {
    if (verdict === 'cancel') {
      return bank.client.post(`/api/operations/${id}/cancel`, undefined, { token: alice.token });
    }
    if (verdict === 'expire') {
      await bank.deps
        .db('operations')
        .where('id', uuidBytes(id))
        .update({ expires_at: new Date('2026-10-01') });
      await expireOperations(bank.deps, (ruling) => bank.queue.decide(ruling));
      return bank.client.get(`/api/operations/${id}`, { token: alice.token });
    }
    const body = verdict === 'reject' ? { reason: 'No' } : undefined;
    return bank.client.post(`/api/operations/${id}/${verdict}`, body, { token: ann.token });
  };
}

for (const end of ENDS) {
  test(`an operation that is ${STATUS[end]} cannot change again, and its hold is released exactly once`, async (t) => {
    const { test: bank, alice, ben, ann } = t.context;
    const account = await bank.account(alice, ann, 1_000);
    const act = doing(t.context);
    const asked = { type: 'withdrawal', account_id: account, amount: 400 };
    const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
    t.is((await act(end, body.id)).body.status, STATUS[end]);
    for (const again of ENDS) {
      const reply = await act(again, body.id);
      if (again === 'expire') t.is(reply.body.status, STATUS[end]);
      else t.like(reply, { status: 409, body: { code: 'not_pending' } }, again);
    }
    t.is((await bank.approve(ben, body.id)).body.code, 'not_pending');
    const after = (await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body;
    t.like(after, { held: 0, balance: end === 'approve' ? 600 : 1_000 });
  });

  test(`only a final operation has a decision time, and only a posted one a transfer: ${STATUS[end]}`, async (t) => {
    const { test: bank, alice, ann, ben } = t.context;
    const account = await bank.account(alice, ann);
    const shown = async (id: string) =>
      (await bank.client.get(`/api/operations/${id}`, { token: alice.token })).body;
    const asked = { type: 'deposit', account_id: account, amount: 1_000_001 };
    const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
    t.like(body, { status: 'pending', transfer_id: null, decided_at: null });
    t.like(await shown(body.id), { status: 'pending', transfer_id: null, decided_at: null });
    await bank.approve(ben, body.id);
    t.like(await shown(body.id), { status: 'approved', transfer_id: null, decided_at: null });
    await doing(t.context)(end, body.id);
    const after = await shown(body.id);
    t.true(after.decided_at >= after.created_at);
    const transfers = await bank.deps.db('transfers').where('id', uuidBytes(body.id)).select('id');
    t.deepEqual(
      transfers.map(({ id }) => id),
      end === 'approve' ? [after.transfer_id] : [],
    );
    t.is(after.transfer_id === null, end !== 'approve');
  });

  test(`an operation with a first approval can still be ${STATUS[end]}`, async (t) => {
    const { test: bank, alice, ann, ben } = t.context;
    const account = await bank.account(alice, ann);
    const asked = { type: 'deposit', account_id: account, amount: 1_000_001 };
    const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
    t.is((await bank.approve(ben, body.id)).body.status, 'approved');
    t.is((await bank.approve(ben, body.id)).body.code, 'already_decided_by_you');
    t.is((await doing(t.context)(end, body.id)).body.status, STATUS[end]);
  });
}

test('a reversal and the reversed transfer refer to each other, in operations and in the history', async (t) => {
  const { test: bank, alice, ann, ben } = t.context;
  const account = await bank.account(alice, ann, 900);
  const history = async () =>
    (await bank.client.get(`/api/accounts/${account}/transactions`, { token: alice.token })).body.items;
  const [original] = await history();
  t.like(original, { reverses_transfer_id: null, reversed_by_transfer_id: null });
  const asked = { type: 'reversal', transfer_id: original.transfer_id, reason: 'Typed twice' };
  const { body } = await bank.client.post('/api/operations', asked, { token: ann.token });
  const { transfer_id } = (await bank.approve(ben, body.id)).body;
  const [reversal, reversed] = await history();
  t.like(reversal, {
    transfer_id,
    reverses_transfer_id: original.transfer_id,
    reversed_by_transfer_id: null,
  });
  t.like(reversed, { transfer_id: original.transfer_id, reversed_by_transfer_id: transfer_id });
  const operation = async (id: string) =>
    (await bank.client.get(`/api/operations/${id}`, { token: ann.token })).body;
  t.like(await operation(original.operation_id), { reversed_by_transfer_id: transfer_id });
  t.like(await operation(body.id), {
    reverses_transfer_id: original.transfer_id,
    reversed_by_transfer_id: null,
  });
  t.is(
    (await bank.client.post('/api/operations', asked, { token: ann.token })).body.code,
    'already_reversed',
  );
});

test('an approval that would make a balance too large for exact JSON is refused with its own code, and the operation stays pending', async (t) => {
  const { test: bank, alice, ann, ben } = t.context;
  const account = await bank.account(alice, ann, 1_000);
  await bank.deps
    .db('accounts')
    .where('id', uuidBytes(account))
    .update({ balance: String(MAX_BALANCE_MINOR - 100n) });
  const deposit = async (amount: number) => {
    const asked = { type: 'deposit', account_id: account, amount };
    const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
    return { reply: await bank.approve(ann, body.id), id: body.id };
  };
  const refused = await deposit(101);
  t.like(refused.reply, { status: 409, body: { code: 'balance_too_large' } });
  t.like((await bank.client.get(`/api/operations/${refused.id}`, { token: alice.token })).body, {
    status: 'pending',
    refusal: { code: 'balance_too_large' },
  });
  t.is((await deposit(100)).reply.body.status, 'posted');
  const overdraft = { amount: 1_000_000_000_000 };
  const raised = await bank.client.put(`/api/accounts/${account}/overdraft`, overdraft, { token: ann.token });
  t.is((await bank.approve(ben, raised.body.id)).body.status, 'posted');
  const full = await bank.client.get(`/api/accounts/${account}`, { token: ann.token });
  t.is(full.body.available, Number(MAX_BALANCE_MINOR) + 1e12);
  t.true(Number.isSafeInteger(full.body.available));
});

test('an overdue operation that has not expired yet cannot be approved, but can be rejected or cancelled', async (t) => {
  // A separate bank, because the other tests expire overdue operations in theirs.
  const bank = await openTestBank();
  const [alice, ann] = [await bank.person('member'), await bank.person('agent')];
  const account = await bank.account(alice, ann, 1_000);
  const asked = { type: 'withdrawal', account_id: account, amount: 400 };
  const ids: string[] = [];
  for (let count = 0; count < 2; count += 1)
    ids.push((await bank.client.post('/api/operations', asked, { token: alice.token })).body.id);
  await bank.deps.db('operations').whereIn('id', ids.map(uuidBytes)).update({ expires_at: bank.time.now });
  const act = doing({ test: bank, ann, alice });
  for (const id of ids) t.like(await act('approve', id), { status: 409, body: { code: 'not_pending' } });
  t.is((await act('reject', ids[0] ?? '')).body.status, 'rejected');
  t.is((await act('cancel', ids[1] ?? '')).body.status, 'cancelled');
  await bank.close();
});

test('the outcome of a bulk decision can be read again only by the agent who sent it', async (t) => {
  const { test: bank, alice, ann, ben } = t.context;
  const account = await bank.account(alice, ann, 1_000);
  const asked = { type: 'deposit', account_id: account, amount: 4 };
  const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
  const items = [
    { id: body.id, decision: 'approve' },
    { id: '0192f000-0000-7000-8000-000000000000', decision: 'approve' },
  ];
  const headers = { 'idempotency-key': 'bulk-1' };
  const sent = await bank.client.post('/api/operations/decisions', { items }, { token: ann.token, headers });
  const read = (key: string, by = ann) =>
    bank.client.get(`/api/operations/decisions/${key}`, { token: by.token });
  t.is(sent.status, 200, sent.text);
  t.deepEqual((await read('bulk-1')).body, sent.body);
  t.is((await read('bulk-1', ben)).status, 404);
  t.is((await read('bulk-2')).status, 404);
  const other = { token: ann.token, headers: { 'idempotency-key': 'no-bulk' } };
  await bank.client.post(`/api/operations/${body.id}/approve`, undefined, other);
  t.is((await read('no-bulk')).status, 404, 'the reply of another request');
  await bank.owner('idempotency_keys').where('idempotency_key', 'bulk-1').update({ body: 'null' });
  t.like(await read('bulk-1'), { status: 409, body: { code: 'request_in_progress' } });
});

test('an operation lists the agent who approved it alone by id if the users no longer include them', async (t) => {
  const { test: bank, alice, ben, account } = t.context;
  const agent = await bank.person('agent');
  const asked = { type: 'deposit', account_id: account, amount: 1 };
  const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
  await bank.approve(agent, body.id);
  const path = `/api/operations/${body.id}`;
  const approvedBy = async (token: string) => (await bank.client.get(path, { token })).body.decisions;
  t.like(await approvedBy(alice.token), { 0: { by: { id: agent.id, username: agent.username } } });
  await bank.owner('people').where('id', uuidBytes(agent.id)).delete();
  for (const { token } of [alice, ben]) {
    const decisions = await approvedBy(token);
    t.is(decisions.length, 1);
    t.like(decisions[0], { by: { id: agent.id, username: agent.id }, decision: 'approve', reason: null });
  }
});

test('an agent’s decision that the rules refuse is logged with its reason, one entry per item, and only for the staff', async (t) => {
  const { test: bank, ann, ben, alice, account } = t.context;
  const request = async (amount: number, type = 'deposit') => {
    const asked = { type, account_id: account, amount };
    return (await bank.client.post('/api/operations', asked, { token: alice.token })).body.id as string;
  };
  const [first, second, halfDecided] = [await request(1), await request(2), await request(1_000_001)];
  const refusals = async (id: string) =>
    (await bank.deps.db('outbox').where('subject', 'like', 'log.%').select('id', 'subject', 'payload'))
      .flatMap(eventsOf)
      .map(({ payload }) => JSON.parse(payload))
      .filter((event) => event.action === 'DECISION_REFUSED' && event.operation_id === id);
  await bank.approve(ann, first);
  t.is((await bank.approve(ben, first)).body.code, 'not_pending');
  t.is((await refusals(first)).length, 1);
  t.like((await refusals(first))[0], {
    level: 'WARNING',
    actor: { id: ben.id },
    subject: { type: 'operation', id: first },
    concerns: [],
    data: { operation_id: first, type: 'deposit', amount: 1, decision: 'approve', code: 'not_pending' },
  });

  await bank.approve(ann, halfDecided);
  const items = [
    { id: first, decision: 'approve' },
    { id: second, decision: 'reject', reason: 'No' },
    { id: halfDecided, decision: 'approve' },
  ];
  const headers = { 'idempotency-key': 'bulk-with-refusals' };
  const send = () => bank.client.post('/api/operations/decisions', { items }, { token: ann.token, headers });
  await send();
  await send();
  t.is((await refusals(first)).length, 2);
  t.deepEqual(await refusals(second), []);
  const codes = (await refusals(halfDecided)).map(({ data }) => data.code);
  t.deepEqual(codes, ['already_decided_by_you']);

  // That a member can't cancel any more is no decision of an agent.
  await bank.client.post(`/api/operations/${second}/cancel`, undefined, { token: alice.token });
  t.deepEqual(await refusals(second), []);
});

test('the entry of a final decision names the mails that were queued with it', async (t) => {
  const { test: bank, alice, ann, ben } = t.context;
  const account = await bank.account(alice, ann, 10_000);
  const act = doing(t.context);
  const request = async (amount: number) => {
    const asked = { type: 'deposit', account_id: account, amount };
    return (await bank.client.post('/api/operations', asked, { token: alice.token })).body.id as string;
  };
  const queued = async (id: string) => {
    const rows = await bank.deps.db('outbox').select('id', 'subject', 'payload');
    const events = rows
      .flatMap(eventsOf)
      .map(({ subject, payload }) => ({ isMail: subject.startsWith('mail.'), ...JSON.parse(payload) }));
    const mails = events.filter(({ isMail, data }) => isMail && data.operation_id === id);
    const named = events.filter((one) => one.operation_id === id).map(({ data }) => data.mail_ids ?? null);
    return { mails: mails.map((one) => one.id), named };
  };
  for (const end of ['approve', 'reject', 'expire'] as const) {
    const id = await request(50);
    t.deepEqual(await queued(id), { mails: [], named: [null] }, end);
    await act(end, id);
    const { mails, named } = await queued(id);
    t.is(mails.length, 1, end);
    t.deepEqual(named, [null, mails], end);
  }
  const cancelled = await request(50);
  await act('cancel', cancelled);
  t.deepEqual(await queued(cancelled), { mails: [], named: [null, []] });
  const large = await request(1_000_001);
  await bank.approve(ann, large);
  await bank.approve(ben, large);
  const { mails, named } = await queued(large);
  t.deepEqual(named, [null, [], mails], 'the first of two approvals queues none');
});
