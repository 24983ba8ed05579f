import { uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

interface Context {
  test: TestBank;
  ann: TestPerson;
  ben: TestPerson;
  alice: TestPerson;
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank({ secondAgentAboveMinor: 1_000n });
  t.context = {
    test: bank,
    ann: await bank.person('agent'),
    ben: await bank.person('agent'),
    alice: await bank.person('member'),
  };
});
test.after.always((t) => t.context.test.close());

async function asking({ test: bank, alice, ann }: Context) {
  const account = await bank.account(alice, ann);
  const post = async (body: object) => {
    const reply = await bank.client.post('/api/operations', body, { token: alice.token });
    if (reply.status !== 201) throw new Error(reply.text);
    return reply.body.id as string;
  };
  return {
    account,
    post,
    deposit: (amount: number) => post({ type: 'deposit', account_id: account, amount }),
    withdrawal: (amount: number) => post({ type: 'withdrawal', account_id: account, amount }),
  };
}

test('approvals by one agent for one account add up, credits and debits alike, and need another agent above the threshold', async (t) => {
  const { test: bank, ann, ben } = t.context;
  const { deposit, withdrawal } = await asking(t.context);
  t.is((await bank.approve(ann, await deposit(600))).body.status, 'posted');
  t.is((await bank.approve(ann, await withdrawal(400))).body.status, 'posted');
  const beyond = await deposit(1);
  const first = await bank.approve(ann, beyond);
  t.like(first.body, { status: 'approved', required_approvals: 2, transfer_id: null });
  t.is((await bank.approve(ann, beyond)).body.code, 'already_decided_by_you');
  t.like((await bank.approve(ben, beyond)).body, { status: 'posted', required_approvals: 2 });
  // Approvals by two agents do not count, and each agent has a separate sum.
  t.is((await bank.approve(ben, await deposit(1_000))).body.status, 'posted');
  t.is((await bank.approve(ben, await deposit(1))).body.status, 'approved');
});

test('each account has a separate sum, and a transfer counts for both accounts', async (t) => {
  const { test: bank, ann } = t.context;
  const [one, other] = [await asking(t.context), await asking(t.context)];
  t.is((await bank.approve(ann, await one.deposit(700))).body.status, 'posted');
  const move = {
    type: 'internal_transfer',
    from_account_id: one.account,
    to_account_id: other.account,
    amount: 300,
  };
  t.is((await bank.approve(ann, await one.post(move))).body.status, 'posted');
  t.is((await bank.approve(ann, await one.deposit(1))).body.status, 'approved');
  t.is((await bank.approve(ann, await other.deposit(700))).body.status, 'posted');
  t.is((await bank.approve(ann, await other.deposit(1))).body.status, 'approved');
});

test('the sum covers one day of the bank', async (t) => {
  const { test: bank, ann } = t.context;
  const { deposit } = await asking(t.context);
  const before = bank.time.now;
  bank.time.now = new Date('2026-10-20T21:59:59.999Z');
  t.is((await bank.approve(ann, await deposit(1_000))).body.status, 'posted');
  bank.time.now = new Date('2026-10-20T22:00:00.000Z');
  t.is((await bank.approve(ann, await deposit(1_000))).body.status, 'posted');
  // A replica whose clock is behind adds to the day that has already begun.
  bank.time.now = new Date('2026-10-20T21:59:59.999Z');
  t.is((await bank.approve(ann, await deposit(1))).body.status, 'approved');
  bank.time.now = before;
});

test('refused approvals and rejections do not count', async (t) => {
  const { test: bank, ann, alice } = t.context;
  const { account, deposit } = await asking(t.context);
  const waiting = await deposit(900);
  await bank.owner('accounts').where('id', uuidBytes(account)).update({ status: 'closed' });
  t.is((await bank.approve(ann, waiting)).body.code, 'account_not_open');
  await bank.owner('accounts').where('id', uuidBytes(account)).update({ status: 'open' });
  t.is(
    (await bank.client.get(`/api/operations/${waiting}`, { token: alice.token })).body.required_approvals,
    1,
  );
  const reject = { reason: 'No' };
  await bank.client.post(`/api/operations/${waiting}/reject`, reject, { token: ann.token });
  t.is((await bank.approve(ann, await deposit(1_000))).body.status, 'posted');
});

test('within one bulk decision the sum counts item by item', async (t) => {
  const { test: bank, ann } = t.context;
  const { deposit } = await asking(t.context);
  const ids = [];
  for (const amount of [500, 400, 200, 100, 1]) ids.push(await deposit(amount));
  const items = ids.map((id) => ({ id, decision: 'approve' }));
  const { body } = await bank.client.post('/api/operations/decisions', { items }, { token: ann.token });
  const statuses = body.items.map(({ status }: { status: string }) => status);
  // Concurrent items of one request may be decided in any order, but never beyond the sum.
  const posted = [500, 400, 200, 100, 1].filter((_, index) => statuses[index] === 'posted');
  t.true(posted.reduce((sum, amount) => sum + amount, 0) <= 1_000, statuses.join());
  t.true(statuses.includes('approved'));
});

test('concurrent approvals on two replicas never post more than the threshold for one agent', async (t) => {
  const { test: bank, ann } = t.context;
  const { deposit, account } = await asking(t.context);
  const ids: string[] = [];
  for (let index = 0; index < 30; index += 1) ids.push(await deposit(100));
  const replicas = [await bank.replica(), await bank.replica()];
  const replies = await Promise.all(
    ids.map((id, index) =>
      replicas[index % 2]?.client.post(`/api/operations/${id}/approve`, undefined, { token: ann.token }),
    ),
  );
  const statuses = Map.groupBy(replies, (reply) => reply?.body.status);
  t.deepEqual([statuses.get('posted')?.length, statuses.get('approved')?.length], [10, 20]);
  for (const replica of replicas) await replica.close();
  t.is((await bank.client.get(`/api/accounts/${account}`, { token: ann.token })).body.balance, 1_000);
});

function settings({ test: bank, ann, ben, alice }: Context, account: string) {
  const put = (what: string, body: object, by = ann) =>
    bank.client.put(`/api/accounts/${account}/${what}`, body, { token: by.token });
  return {
    overdraft: (amount: number, by = ann) => put('overdraft', { amount }, by),
    limits: (operation: number | null, day: number | null) => put('limits', { operation, day }),
    agree: (id: string) => bank.approve(ben, id),
    shown: async () => (await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body,
  };
}

test('an overdraft above the threshold is requested by one agent and approved by another', async (t) => {
  const { test: bank, ann, ben, alice } = t.context;
  const { account } = await asking(t.context);
  const { overdraft, agree, shown } = settings(t.context, account);
  t.like(await overdraft(1_000), { status: 200, body: { overdraft: 1_000 } });
  const asked = await overdraft(1_001);
  t.like(asked, {
    status: 202,
    body: {
      type: 'set_overdraft',
      status: 'pending',
      amount: 1_001,
      account_id: account,
      requester: { id: ann.id },
      required_approvals: 1,
      transfer_id: null,
    },
  });
  t.is((await shown()).overdraft, 1_000);
  t.is((await bank.approve(ann, asked.body.id)).body.code, 'not_your_own_request');
  t.like((await agree(asked.body.id)).body, { status: 'posted', transfer_id: null });
  t.is((await shown()).overdraft, 1_001);
  // One agent may lower it; raising it again needs two.
  t.is((await overdraft(0)).status, 200);
  t.is((await overdraft(1_001)).status, 202);
  const { body: books } = await bank.client.get('/api/ledger/reconciliation', { token: ben.token });
  t.true(books.ok, JSON.stringify(books));
  const rows = await bank.deps
    .db('outbox')
    .where('payload', 'like', `%${asked.body.id}%`)
    .orderBy('sequence');
  const events = rows.flatMap(({ payload }) => JSON.parse(payload));
  t.like(
    events.find(({ action }) => action === 'OVERDRAFT_REQUESTED'),
    { actor: { id: ann.id } },
  );
  const changed = events.find(({ action }) => action === 'OVERDRAFT_CHANGED');
  t.like(changed, { actor: { id: ben.id }, data: { from: 1_000, to: 1_001 } });
  t.true(changed.concerns.includes(alice.id));
});

test('an old request cannot lower an overdraft that is in use meanwhile', async (t) => {
  const { test: bank } = t.context;
  const { account, withdrawal } = await asking(t.context);
  const { overdraft, agree } = settings(t.context, account);
  const [low, high] = [(await overdraft(2_000)).body.id, (await overdraft(3_000)).body.id];
  t.is((await agree(high)).body.status, 'posted');
  await withdrawal(2_500);
  t.like(await agree(low), { status: 409, body: { code: 'overdraft_in_use' } });
  t.is(
    (await bank.client.get(`/api/operations/${low}`, { token: t.context.ann.token })).body.refusal.code,
    'overdraft_in_use',
  );
});

test('setting an account’s limit above the threshold, or removing it where the bank has none, needs another agent', async (t) => {
  const { account } = await asking(t.context);
  const { limits, agree, shown } = settings(t.context, account);
  t.is((await limits(null, null)).status, 200);
  t.is((await limits(1_000, 1_000)).status, 200);
  for (const [operation, day] of [
    [1_001, 1_000],
    [1_000, 1_001],
    [null, 1_000],
    [1_000, null],
  ] as const) {
    const asked = await limits(operation, day);
    t.like(asked, { status: 202, body: { type: 'set_limits', amount: null, limits: { operation, day } } });
    t.deepEqual((await shown()).limits, { operation: 1_000, day: 1_000 });
    t.is((await agree(asked.body.id)).body.status, 'posted');
    t.deepEqual((await shown()).limits, { operation, day });
    t.is((await limits(1_000, 1_000)).status, 200);
  }
  t.is((await agree((await limits(9_000, 9_000)).body.id)).body.status, 'posted');
  t.is((await limits(5_000, 9_000)).status, 200, 'one agent may lower a limit');
  t.is((await limits(5_001, 9_000)).status, 202);
});

test('an agent’s request can be rejected, needs another agent to exist, and is listed in the family of account operations', async (t) => {
  const { test: bank, ann, ben, alice } = t.context;
  const { account } = await asking(t.context);
  const { overdraft, shown } = settings(t.context, account);
  const { body } = await overdraft(5_000);
  const reject = { reason: 'No' };
  const rejected = await bank.client.post(`/api/operations/${body.id}/reject`, reject, { token: ben.token });
  t.is(rejected.body.status, 'rejected');
  t.is((await shown()).overdraft, 0);
  for (const type of ['set_overdraft', 'COMPTE']) {
    const list = await bank.client.get(`/api/operations?type=${type}&account=${account}`, {
      token: ann.token,
    });
    t.true(
      list.body.items.some(({ id }: { id: string }) => id === body.id),
      type,
    );
  }
  const members = await bank.client.get(`/api/operations/${body.id}`, { token: alice.token });
  t.is(members.status, 404);
  await bank.deps.db('people').where('id', uuidBytes(ben.id)).update({ status: 'deactivated' });
  t.is((await overdraft(5_000)).body.code, 'no_active_agent');
  await bank.deps.db('people').where('id', uuidBytes(ben.id)).update({ status: 'active' });
});
