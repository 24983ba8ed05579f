import test from 'ava';
import { openTestBank } from './fixtures.ts';

test('lists and histories are read at replicas; requests, decisions and what they are answered with are not', async (t) => {
  const bank = await openTestBank();
  t.teardown(() => bank.close());
  const [agent, alice] = [await bank.person('agent'), await bank.person('member', 'Alice Martin')];
  const read: string[] = [];
  bank.deps.reads = {
    writer: bank.deps.db,
    replicas: {
      onRead: () => undefined,
      async send(text) {
        read.push(text);
        return null;
      },
    },
  };
  // It opens an account, pays in, and an agent approves both.
  const account = await bank.account(alice, agent, 1_000);
  const payment = { type: 'withdrawal', account_id: account, amount: 100 };
  const { body: requested } = await bank.client.post('/api/operations', payment, { token: alice.token });
  for (const path of [`/operations/${requested.id}`, `/operations/${requested.id}/review-facts`])
    t.is((await bank.client.get(`/api${path}`, { token: agent.token })).status, 200, path);
  t.is((await bank.approve(agent, requested.id)).status, 200);
  t.is((await bank.client.get(`/api/accounts/${account}`, { token: alice.token })).body.balance, 900);
  t.deepEqual(read, []);

  const lists = [
    [alice, `/api/accounts/${account}/transactions`],
    [alice, '/api/accounts'],
    [alice, '/api/operations'],
    [agent, '/api/inbox'],
    [agent, '/api/inbox/counts'],
  ] as const;
  for (const [person, path] of lists) {
    const before = read.length;
    t.is((await bank.client.get(path, { token: person.token })).status, 200);
    t.true(read.length > before, path);
  }
  t.true(read.every((text) => /^\(?SELECT\b/.test(text)));
});
