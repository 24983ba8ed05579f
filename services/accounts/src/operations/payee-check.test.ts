import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

interface Context {
  bank: TestBank;
  agent: TestPerson;
  alice: TestPerson;
  from: string;
  iban: string;
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [agent, alice, bob] = [
    await bank.person('agent'),
    await bank.person('member'),
    await bank.person('member', 'Bob Petit'),
  ];
  const from = await bank.account(alice, agent, 100_000);
  const to = await bank.account(bob, agent);
  const { iban } = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body;
  t.context = { bank, agent, alice, from, iban };
});
test.after.always((t) => t.context.bank.close());

const OTHER_BANK = 'DE89370400440532013000';

const transfer = ({ bank, alice, from }: Context, to: object, more: object = {}) =>
  bank.client.post(
    '/api/operations',
    { type: 'external_transfer', from_account_id: from, to, amount: 1, ...more },
    { token: alice.token },
  );

test('the payee check is stored with the request, and the requester and agents see it', async (t) => {
  const { bank, agent, alice, iban } = t.context;
  const results = [
    [{ name: 'Bob Petit', iban }, 'match'],
    [{ name: 'B. Petit', iban }, 'close_match'],
    [{ name: 'Zoé Martin', iban }, 'no_match'],
    [{ name: 'Bob Petit', iban: OTHER_BANK }, 'not_possible'],
  ] as const;
  for (const [to, expected] of results) {
    const { body, status, text } = await transfer(t.context, to);
    t.is(status, 201, text);
    t.is(body.payee_check, expected);
    for (const { token } of [alice, agent]) {
      t.is((await bank.client.get(`/api/operations/${body.id}`, { token })).body.payee_check, expected);
      const { items } = (await bank.client.get('/api/operations', { token })).body;
      t.is(items.find(({ id }: { id: string }) => id === body.id).payee_check, expected);
    }
  }
});

test('a transfer without a payee’s name has no payee check, nor has an operation that is not a transfer to an IBAN', async (t) => {
  const { bank, agent, alice, from, iban } = t.context;
  const bare = { from_account_id: from, iban, amount: 1 };
  const { body } = await bank.client.post('/api/virement', bare, { token: alice.token });
  t.is(body.payee_check, null);
  t.is((await bank.client.get(`/api/operations/${body.id}`, { token: agent.token })).body.payee_check, null);
  const deposit = { type: 'deposit', account_id: from, amount: 1 };
  const deposited = await bank.client.post('/api/operations', deposit, { token: alice.token });
  t.is(deposited.body.payee_check, null);
});

test('the service computes it: a client cannot send it', async (t) => {
  const refused = await transfer(
    t.context,
    { name: 'Zoé Martin', iban: t.context.iban },
    { payee_check: 'match' },
  );
  t.like(refused, { status: 400, body: { code: 'invalid_request' } });
});

test('beyond 300 comparisons a minute only agents see the result', async (t) => {
  const { bank, agent, iban } = t.context;
  const mallory = await bank.person('member');
  const from = await bank.account(mallory, agent, 100_000);
  const guess = () => transfer({ ...t.context, alice: mallory, from }, { name: 'Zoé Martin', iban });
  bank.time.now = new Date('2026-10-15T11:00:00.000Z');
  const seen: (string | null)[] = [];
  for (let batch = 0; batch < 10; batch += 1) {
    const replies = await Promise.all(Array.from({ length: 31 }, guess));
    seen.push(...replies.map(({ body }) => body.payee_check));
  }
  t.is(seen.filter((check) => check === 'no_match').length, 300);
  t.is(seen.filter((check) => check === null).length, 10);
  const { body } = await guess();
  t.is(body.payee_check, null);
  const read = async (token: string) =>
    (await bank.client.get(`/api/operations/${body.id}`, { token })).body.payee_check;
  t.is(await read(mallory.token), null, 'it stays hidden');
  t.is(await read(agent.token), 'no_match');
  const cancelled = await bank.client.post(`/api/operations/${body.id}/cancel`, undefined, {
    token: mallory.token,
  });
  t.like(cancelled.body, { status: 'cancelled', payee_check: null });
  bank.time.now = new Date('2026-10-15T11:01:00.000Z');
  t.is((await guess()).body.payee_check, 'no_match');
});
