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

const HOUR_MS = 3_600_000;

async function viewsOf({ deps }: TestBank, accountId: string) {
  return (await deps.db('outbox').where('subject', 'like', 'log.%').select('id', 'subject', 'payload'))
    .flatMap(eventsOf)
    .map(({ payload }) => JSON.parse(payload))
    .filter((event) => event.action === 'ACCOUNT_VIEWED' && event.data.account_id === accountId);
}

test.serial('an agent who reads the movements of an account is in the log, for the staff only', async (t) => {
  const { bank, agent, alice, account } = t.context;
  const { token } = agent;
  for (const path of ['transactions', 'transactions?q=x', 'statement', 'statement?format=pdf', 'balance'])
    t.is((await bank.client.get(`/api/accounts/${account}/${path}`, { token })).status, 200, path);
  const [view, ...more] = await viewsOf(bank, account);
  t.deepEqual(more, [], 'once');
  t.like(view, {
    actor: { id: agent.id, username: agent.username, role: 'agent' },
    level: 'INFO',
    subject: { type: 'customer_record', id: alice.id },
    concerns: [],
    data: { account_id: account },
  });
  t.deepEqual(
    view.names.map(({ of }: { of: string }) => of),
    [alice.id],
  );
});

test.serial(
  'each path on its own is a viewing, once an hour, and a page that reloads itself is none',
  async (t) => {
    const { bank, agent, account } = t.context;
    const { token } = agent;
    for (const path of ['transactions', 'statement', 'balance']) {
      const before = (await viewsOf(bank, account)).length;
      const open = (headers = {}) => bank.client.get(`/api/accounts/${account}/${path}`, { token, headers });
      bank.time.now = new Date(bank.time.now.getTime() + HOUR_MS);
      await open({ 'X-Guichet-Passive': 'yes' });
      t.is((await viewsOf(bank, account)).length, before, path);
      await Promise.all([open(), open(), open()]);
      await open();
      t.is((await viewsOf(bank, account)).length, before + 1, path);
    }
  },
);

test.serial(
  'what the owner reads is no viewing, and neither are lists, HEAD and another’s account',
  async (t) => {
    const { bank, alice, account } = t.context;
    const second = await bank.person('agent');
    const before = (await viewsOf(bank, account)).length;
    for (const path of ['', '/transactions', '/statement', '/balance'])
      t.is((await bank.client.get(`/api/accounts/${account}${path}`, { token: alice.token })).status, 200);
    const stranger = await bank.person('member');
    t.is(
      (await bank.client.get(`/api/accounts/${account}/transactions`, { token: stranger.token })).status,
      404,
    );
    for (const path of [`/api/accounts?owner=${alice.id}`, `/api/accounts/${account}`])
      t.is((await bank.client.get(path, { token: second.token })).status, 200);
    const head = await fetch(`${bank.client.origin}/api/accounts/${account}/transactions`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${second.token}` },
    });
    t.is(head.status, 200);
    t.is((await viewsOf(bank, account)).length, before);
  },
);

test.serial('movements that can’t be logged are not shown', async (t) => {
  const { bank, account } = t.context;
  const { token } = await bank.person('agent');
  await bank.owner.raw(`CREATE TRIGGER full BEFORE INSERT ON outbox FOR EACH ROW
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the outbox is full'`);
  const { status, text } = await bank.client.get(`/api/accounts/${account}/transactions`, { token });
  t.is(status, 500);
  t.false(text.includes('balance_after'));
  await bank.owner.raw('DROP TRIGGER full');
  t.is((await bank.client.get(`/api/accounts/${account}/transactions`, { token })).status, 200);
});
