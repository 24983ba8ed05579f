import { eventsOf } from '@guichet/outbox';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

const test = anyTest as TestFn<{ bank: TestBank; agent: TestPerson; alice: TestPerson; account: string }>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  t.context = { bank, agent, alice, account: await bank.account(alice, agent, 100_000) };
});
test.after.always((t) => t.context.bank.close());

const MINUTE_MS = 60_000;

async function request({ bank, alice, account }: { bank: TestBank; alice: TestPerson; account: string }) {
  const body = { type: 'withdrawal', account_id: account, amount: 100 };
  return (await bank.client.post('/api/operations', body, { token: alice.token })).body.id as string;
}

const open = (bank: TestBank, id: string, { token }: TestPerson, headers: Record<string, string> = {}) =>
  bank.client.get(`/api/operations/${id}`, { token, headers });

async function viewsOf(bank: TestBank, operationId: string) {
  return (await bank.deps.db('outbox').where('subject', 'like', 'log.%').select('id', 'subject', 'payload'))
    .flatMap(eventsOf)
    .map(({ payload }) => JSON.parse(payload))
    .filter((event) => event.action === 'OPERATION_VIEWED' && event.operation_id === operationId);
}

test.serial('an agent who opens a waiting request is in the log, for the staff only', async (t) => {
  const { bank, agent } = t.context;
  const id = await request(t.context);
  t.is((await open(bank, id, agent)).status, 200);
  const [view, ...more] = await viewsOf(bank, id);
  t.deepEqual(more, []);
  t.like(view, {
    actor: { id: agent.id, username: agent.username, role: 'agent' },
    level: 'INFO',
    subject: { type: 'operation', id },
    concerns: [],
    data: { operation_id: id, type: 'withdrawal', amount: 100, currency: 'EUR' },
  });
});

test.serial('it is logged once an hour for each agent, however many requests arrive at once', async (t) => {
  const { bank, agent } = t.context;
  const second = await bank.person('agent');
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  const id = await request(t.context);
  const openAll = () =>
    Promise.all(
      [bank, replica].flatMap(({ client }) =>
        [agent, second].flatMap(({ token }) =>
          Array.from({ length: 10 }, () => client.get(`/api/operations/${id}`, { token })),
        ),
      ),
    );
  t.true((await openAll()).every(({ status }) => status === 200));
  t.is((await viewsOf(bank, id)).length, 2);
  bank.time.now = new Date(bank.time.now.getTime() + 59 * MINUTE_MS);
  await openAll();
  t.is((await viewsOf(bank, id)).length, 2);
  bank.time.now = new Date(bank.time.now.getTime() + MINUTE_MS);
  await openAll();
  t.is((await viewsOf(bank, id)).length, 4);
});

test.serial(
  'a page that reloads itself is one viewing for a working day, and can’t hide the first one',
  async (t) => {
    const { bank, agent } = t.context;
    const id = await request(t.context);
    const passive = { 'X-Guichet-Passive': 'yes' };
    await open(bank, id, agent, passive);
    t.is((await viewsOf(bank, id)).length, 1);
    bank.time.now = new Date(bank.time.now.getTime() + 120 * MINUTE_MS);
    await open(bank, id, agent, passive);
    t.is((await viewsOf(bank, id)).length, 1);
    await open(bank, id, agent);
    t.is((await viewsOf(bank, id)).length, 2);
    bank.time.now = new Date(bank.time.now.getTime() + 8 * 60 * MINUTE_MS);
    await open(bank, id, agent, passive);
    t.is((await viewsOf(bank, id)).length, 3, 'any client can send the header');
  },
);

test.serial('lists, entries, facts and HEAD are no viewings; neither is a decided operation', async (t) => {
  const { bank, agent } = t.context;
  const { token } = agent;
  const id = await request(t.context);
  const paths = [`?ids=${id}`, `/${id}/entries`, `/${id}/review-facts`];
  for (const path of paths) t.is((await bank.client.get(`/api/operations${path}`, { token })).status, 200);
  t.is((await bank.client.get('/api/inbox', { token })).status, 200);
  const head = await fetch(`${bank.client.origin}/api/operations/${id}`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}` },
  });
  t.is(head.status, 200);
  await bank.approve(agent, id);
  await open(bank, id, agent);
  t.deepEqual(await viewsOf(bank, id), []);
});

test.serial(
  'the customer’s own reading is no viewing, and neither is that of an agent who requested it',
  async (t) => {
    const { bank, agent, alice, account } = t.context;
    const id = await request(t.context);
    await open(bank, id, alice);
    const raised = await bank.client.put(
      `/api/accounts/${account}/overdraft`,
      { amount: 2_000_000 },
      { token: agent.token },
    );
    t.is(raised.status, 202, raised.text);
    await open(bank, raised.body.id, agent);
    t.deepEqual([...(await viewsOf(bank, id)), ...(await viewsOf(bank, raised.body.id))], []);
    await open(bank, raised.body.id, await bank.person('agent'));
    t.is((await viewsOf(bank, raised.body.id)).length, 1);
  },
);

test.serial('what can’t be logged isn’t shown', async (t) => {
  const { bank, agent } = t.context;
  const id = await request(t.context);
  await bank.owner.raw('RENAME TABLE outbox TO outbox_away');
  t.teardown(() => bank.owner.raw('RENAME TABLE outbox_away TO outbox').catch(() => undefined));
  const hidden = await open(bank, id, agent);
  t.true(hidden.status >= 500);
  t.false(hidden.text.includes('withdrawal'));
  await bank.owner.raw('RENAME TABLE outbox_away TO outbox');
  t.is((await open(bank, id, agent)).status, 200);
  t.is((await viewsOf(bank, id)).length, 1, 'nothing was stored half');
});
