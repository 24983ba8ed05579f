import { newId } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

const test = anyTest as TestFn<{ bank: TestBank; agent: TestPerson; alice: TestPerson; bob: TestPerson }>;

test.before(async (t) => {
  const bank = await openTestBank();
  t.context = {
    bank,
    agent: await bank.person('agent'),
    alice: await bank.person('member', 'Alice Martin'),
    bob: await bank.person('member', 'Bob Petit'),
  };
});
test.after.always((t) => t.context.bank.close());

async function transfer(bank: TestBank, from: string, to: Record<string, unknown>, { token }: TestPerson) {
  const body = { from_account_id: from, amount: 40, ...to };
  return (await bank.client.post('/api/operations', body, { token })).body.id as string;
}

test('the entries of an operation are found, however many its account has', async (t) => {
  const { bank, agent, alice } = t.context;
  const [from, to] = [await bank.account(alice, agent, 1_000), await bank.account(alice, agent)];
  const id = await transfer(bank, from, { type: 'internal_transfer', to_account_id: to }, alice);
  const entries = async (person: TestPerson) =>
    bank.client.get(`/api/operations/${id}/entries`, { token: person.token });
  t.deepEqual((await entries(alice)).body, { items: [], next: null }, 'no entries before it is posted');
  await bank.approve(agent, id);
  const reply = await entries(alice);
  const bySide = (rows: unknown[][]) => rows.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  t.deepEqual(
    bySide(
      reply.body.items.map((one: Record<string, unknown>) => [
        one.account_id,
        one.amount,
        one.balance_after,
        one.transfer_id,
      ]),
    ),
    bySide([
      [from, -40, 960, id],
      [to, 40, 40, id],
    ]),
    reply.text,
  );
  const history = (await bank.client.get(`/api/accounts/${from}/transactions`, { token: alice.token })).body;
  t.true(
    reply.body.items.some((one: { id: string }) => one.id === history.items[0].id),
    'an entry has one id',
  );
});

test('a member sees only the entries of their own accounts; an agent sees all, including those of house accounts', async (t) => {
  const { bank, agent, alice, bob } = t.context;
  const [from, to] = [await bank.account(alice, agent, 1_000), await bank.account(bob, agent)];
  const { iban } = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body;
  const inside = await transfer(bank, from, { type: 'external_transfer', to: { name: 'Bob', iban } }, alice);
  const outside = await transfer(
    bank,
    from,
    { type: 'external_transfer', to: { name: 'X', iban: 'DE89370400440532013000' } },
    alice,
  );
  await bank.approve(agent, inside);
  await bank.approve(agent, outside);
  const accountsSeen = async (id: string, person: TestPerson) => {
    const { body } = await bank.client.get(`/api/operations/${id}/entries`, { token: person.token });
    return body.items?.map((one: { account_id: string }) => one.account_id).toSorted() ?? body.code;
  };
  t.deepEqual(await accountsSeen(inside, alice), [from]);
  t.deepEqual(await accountsSeen(inside, agent), [from, to].toSorted());
  t.is(await accountsSeen(inside, bob), 'not_found', 'only the requester sees an operation');
  t.deepEqual(await accountsSeen(outside, agent), [from, 'house:clearing:EUR'].toSorted());
  t.is(await accountsSeen(newId(), agent), 'not_found');
});

test('entries are paged', async (t) => {
  const { bank, agent, alice } = t.context;
  const [from, to] = [await bank.account(alice, agent, 1_000), await bank.account(alice, agent)];
  const id = await transfer(bank, from, { type: 'internal_transfer', to_account_id: to }, alice);
  await bank.approve(agent, id);
  const page = async (query: string) =>
    (await bank.client.get(`/api/operations/${id}/entries?${query}`, { token: agent.token })).body;
  const first = await page('limit=1');
  const second = await page(`limit=1&cursor=${first.next}`);
  t.deepEqual([first, second].map(({ items }) => items[0].account_id).toSorted(), [from, to].toSorted());
  t.is(second.next, null);
});

test('a payer who knew only the IBAN never sees the holder’s name, even after reversals', async (t) => {
  const { bank, agent, alice, bob } = t.context;
  const second = await bank.person('agent');
  const [from, to] = [await bank.account(alice, agent, 1_000), await bank.account(bob, agent)];
  const { iban } = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body;
  const virement = { compte_source: from, iban, montant: 40 };
  let { id } = (await bank.client.post('/api/virement', virement, { token: alice.token })).body;
  for (let reversals = 0; reversals < 3; reversals += 1) {
    const { transfer_id } = (await bank.approve(second, id)).body;
    const reversal = { type: 'reversal', transfer_id, reason: 'By mistake' };
    ({ id } = (await bank.client.post('/api/operations', reversal, { token: agent.token })).body);
  }
  t.is((await bank.approve(second, id)).body.status, 'posted');
  const { body } = await bank.client.get(`/api/accounts/${from}/transactions`, { token: alice.token });
  const seen = body.items.slice(0, 4).map((one: { counterparty: unknown }) => one.counterparty);
  t.deepEqual(seen, Array(4).fill({ name: null, iban }));
});
