import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from './fixtures.ts';

const test = anyTest as TestFn<{
  test: TestBank;
  people: Record<'member' | 'other' | 'agent', TestPerson>;
  account: string;
}>;

test.before(async (t) => {
  const bank = await openTestBank();
  const people = {
    member: await bank.person('member'),
    other: await bank.person('member'),
    agent: await bank.person('agent'),
  };
  const account = await bank.account(people.member, people.agent, 100_000);
  const { token } = people.member;
  const withdrawal = { type: 'withdrawal', account_id: account, amount: 5 };
  const payee = { name: 'X', iban: 'FR1420041010050500013M02606' };
  t.is((await bank.client.post('/api/operations', withdrawal, { token })).status, 201);
  t.is((await bank.client.post('/api/beneficiaries', payee, { token })).status, 201);
  t.context = { test: bank, people, account };
});
test.after.always((t) => t.context.test.close());

test('no list shows a member the accounts or operations of another', async (t) => {
  const { test: bank, people, account } = t.context;
  const { token } = people.other;
  for (const path of [
    '/api/accounts',
    `/api/accounts?owner=${people.member.id}`,
    '/api/operations',
    `/api/operations?requester=${people.member.id}`,
    `/api/operations?requester=${people.member.username}`,
    `/api/operations?account=${account}`,
    '/api/beneficiaries',
  ]) {
    t.like((await bank.client.get(path, { token })).body, { items: [], next: null }, path);
  }
});

test('a valid token that is refused for its role or scope leaves a log entry', async (t) => {
  const { test: bank, people } = t.context;
  await bank.client.get('/api/ledger/reconciliation', {
    token: people.other.token,
    headers: { 'x-request-id': 'denied-1' },
  });
  const row = await bank.deps.db('outbox').where('payload', 'like', '%"correlation_id":"denied-1"%').first();
  t.like(JSON.parse(row.payload), {
    action: 'ACCESS_DENIED',
    level: 'WARNING',
    actor: { id: people.other.id },
  });
});
