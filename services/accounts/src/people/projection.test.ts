import { newId, uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

interface Context {
  test: TestBank;
  agent: TestPerson;
}
const test = anyTest as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank();
  t.context = { test: bank, agent: await bank.person('agent') };
});
test.after.always((t) => t.context.test.close());

const IBAN = 'BE68539007547034';

/** Every change that a member may request. */
async function membersChanges({ test: bank, agent }: Context, alice: TestPerson) {
  const account = await bank.account(alice, agent, 1_000);
  const { token } = alice;
  const payee = await bank.client.post('/api/beneficiaries', { name: 'Jan', iban: IBAN }, { token });
  const asked = { type: 'deposit', account_id: account, amount: 1 };
  const waiting = await bank.client.post('/api/operations', asked, { token });
  const transfer = { from_account_id: account, iban: IBAN, amount: 1 };
  return {
    open: () => bank.client.post('/api/accounts', { name: 'More', type: 'savings' }, { token }),
    deposit: () => bank.client.post('/api/operations', asked, { token }),
    withdraw: () => bank.client.post('/api/operations', { ...asked, type: 'withdrawal' }, { token }),
    virement: () => bank.client.post('/api/virement', transfer, { token }),
    renew: () => bank.client.post(`/api/accounts/${account}/rib`, undefined, { token }),
    close: () => bank.client.post(`/api/accounts/${account}/close`, undefined, { token }),
    rename: () => bank.client.patch(`/api/accounts/${account}`, { name: 'Other' }, { token }),
    save: () => bank.client.post('/api/beneficiaries', { name: 'Jan', iban: IBAN }, { token }),
    forget: () => bank.client.delete(`/api/beneficiaries/${payee.body.id}`, undefined, { token }),
    cancel: () => bank.client.post(`/api/operations/${waiting.body.id}/cancel`, undefined, { token }),
  };
}

/** Every change that an agent may make. */
async function agentsChanges({ test: bank, agent }: Context, by: TestPerson) {
  const alice = await bank.person('member');
  const { token } = by;
  const account = await bank.account(alice, agent, 1_000);
  const [entry] = (await bank.client.get(`/api/accounts/${account}/transactions`, { token: alice.token }))
    .body.items;
  const asked = { type: 'deposit', account_id: account, amount: 1 };
  const waiting = (await bank.client.post('/api/operations', asked, { token: alice.token })).body.id;
  const nobody = newId();
  const path = (id: string, verb: string) => `/api/operations/${id}/${verb}`;
  return {
    approve: () => bank.client.post(path(waiting, 'approve'), undefined, { token }),
    approveNone: () => bank.client.post(path(nobody, 'approve'), undefined, { token }),
    reject: () => bank.client.post(path(waiting, 'reject'), { reason: 'No' }, { token }),
    overdraft: () => bank.client.put(`/api/accounts/${account}/overdraft`, { amount: 1 }, { token }),
    limits: () => bank.client.put(`/api/accounts/${account}/limits`, { operation: 1, day: 1 }, { token }),
    reverse: () =>
      bank.client.post(
        '/api/operations',
        { type: 'reversal', transfer_id: entry.transfer_id, reason: 'No' },
        { token },
      ),
    decide: async () => {
      const items = [{ id: waiting, decision: 'approve' }];
      const reply = await bank.client.post('/api/operations/decisions', { items }, { token });
      const { error } = reply.body.items[0];
      return {
        status: error?.code === 'unauthenticated' ? 401 : error?.code === 'forbidden' ? 403 : 200,
        text: reply.text,
      };
    },
  };
}

const MEMBERS = [
  'open',
  'deposit',
  'withdraw',
  'virement',
  'renew',
  'close',
  'rename',
  'save',
  'forget',
  'cancel',
] as const;
const AGENTS = ['approve', 'approveNone', 'reject', 'overdraft', 'limits', 'reverse', 'decide'] as const;

for (const change of MEMBERS) {
  test(`a member who is no longer active in auth can change nothing, whatever the token says: ${change}`, async (t) => {
    const { test: bank } = t.context;
    const alice = await bank.person('member');
    const changes = await membersChanges(t.context, alice);
    const people = bank.deps.db('people').where('id', uuidBytes(alice.id));
    await people.clone().update({ status: 'deactivated' });
    t.is((await changes[change]()).status, 401);
    await people.clone().update({ status: 'active', role: 'agent' });
    t.is((await changes[change]()).status, 403);
  });
}

for (const change of AGENTS) {
  test(`an agent who is no longer an active agent in auth can change nothing, whatever the token says: ${change}`, async (t) => {
    const { test: bank } = t.context;
    const by = await bank.person('agent');
    const changes = await agentsChanges(t.context, by);
    const people = bank.deps.db('people').where('id', uuidBytes(by.id));
    await people.clone().update({ status: 'deactivated' });
    t.is((await changes[change]()).status, 401);
    await people.clone().update({ status: 'active', role: 'member' });
    t.is((await changes[change]()).status, 403);
    await people.clone().update({ status: 'active', role: 'agent' });
    const after = await changes[change]();
    t.true(after.status < 300 || after.status === 404, after.text);
  });
}

test('a request waits while auth’s event about a new member is still being delivered', async (t) => {
  const { test: bank } = t.context;
  const alice = await bank.person('member');
  const row = await bank.deps.db('people').where('id', uuidBytes(alice.id)).first();
  await bank.owner('people').where('id', uuidBytes(alice.id)).delete();
  const asking = bank.client.post('/api/accounts', { name: 'Main', type: 'current' }, { token: alice.token });
  setTimeout(
    () =>
      void bank.deps
        .db('people')
        .insert({ ...row, id: uuidBytes(alice.id) })
        .then(),
    150,
  );
  t.is((await asking).status, 201);
});

test('a request waits while the event that activates a new user is still being delivered', async (t) => {
  const { test: bank } = t.context;
  const alice = await bank.person('member');
  const row = bank.deps.db('people').where('id', uuidBytes(alice.id));
  await row.clone().update({ status: 'pending' });
  const requesting = bank.client.post(
    '/api/accounts',
    { name: 'Main', type: 'current' },
    { token: alice.token },
  );
  setTimeout(() => void row.clone().update({ status: 'active' }).then(), 150);
  t.is((await requesting).status, 201);
});

test('a user who is still pending in accounts can change nothing, and gets 503 to retry', async (t) => {
  const { test: bank } = t.context;
  for (const [role, changesOf] of [
    ['member', membersChanges],
    ['agent', agentsChanges],
  ] as const) {
    const by = await bank.person(role);
    const changes = await changesOf(t.context, by);
    await bank.deps.db('people').where('id', uuidBytes(by.id)).update({ status: 'pending' });
    const { decide: _, ...single } = { decide: null, ...changes };
    const replies = await Promise.all(
      Object.entries(single).map(async ([name, change]) => [name, (await change()).status]),
    );
    for (const [name, status] of replies) t.is(status, 503, String(name));
  }
});

test('a user whom accounts does not know yet can change nothing, and gets 503 to retry', async (t) => {
  const { test: bank } = t.context;
  const alice = await bank.person('member');
  await bank.owner('people').where('id', uuidBytes(alice.id)).delete();
  const reply = await bank.client.post(
    '/api/accounts',
    { name: 'Main', type: 'current' },
    { token: alice.token },
  );
  t.like(reply, { status: 503, body: { code: 'unavailable' } });
});

test('a decision that waits for the lock on the agent is refused once the agent is no longer active', async (t) => {
  const { test: bank } = t.context;
  const [by, alice] = [await bank.person('agent'), await bank.person('member')];
  const account = await bank.account(alice, t.context.agent);
  const asked = { type: 'deposit', account_id: account, amount: 1 };
  const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
  const changing = await bank.deps.db.transaction();
  await changing('people').where('id', uuidBytes(by.id)).update({ status: 'deactivated' });
  const decided = bank.approve(by, body.id);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await changing.commit();
  t.is((await decided).status, 401);
});
