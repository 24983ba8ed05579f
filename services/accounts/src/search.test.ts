import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from './fixtures.ts';

const test = anyTest as TestFn<{ bank: TestBank; agent: TestPerson; amelie: TestPerson; account: string }>;

const REFERENCES = ['100% off', 'a_b', 'back\\slash', 'l’été', "it's", 'cat 😀', 'dog 🙃', '日本', 'plain'];

test.before(async (t) => {
  const bank = await openTestBank();
  const [agent, amelie] = [await bank.person('agent'), await bank.person('member', 'Amélie Ôzgür')];
  const account = await bank.account(amelie, agent);
  for (const reference of REFERENCES) {
    const deposit = { type: 'deposit', account_id: account, amount: 100, reference };
    const { body } = await bank.client.post('/api/operations', deposit, { token: amelie.token });
    await bank.approve(agent, body.id);
  }
  const other = await bank.account(await bank.person('member', 'Bob 50%'), agent);
  t.context = { bank, agent, amelie, account };
  t.truthy(other);
});
test.after.always((t) => t.context.bank.close());

const ODD = [
  '’',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '`',
  '!',
  '😀',
  '\0',
  '日本',
  'ﷺ',
  "' OR 1=1 -- ",
  ' ',
  'é'.repeat(36),
];

for (const typed of ODD) {
  test(`${JSON.stringify(typed)} is searched for literally in every list`, async (t) => {
    const { bank, agent, account } = t.context;
    const q = encodeURIComponent(typed);
    const history = await bank.client.get(`/api/accounts/${account}/transactions?q=${q}`, {
      token: agent.token,
    });
    t.is(history.status, 200, history.text);
    t.deepEqual(
      history.body.items.map(({ reference }: { reference: string }) => reference).toSorted(),
      REFERENCES.filter((one) => one.includes(typed)).toSorted(),
    );
    const accounts = await bank.client.get(`/api/accounts?q=${q}`, { token: agent.token });
    t.is(accounts.status, 200, accounts.text);
    t.deepEqual(
      accounts.body.items.map(({ owner_name }: { owner_name: string }) => owner_name),
      ['Amélie Ôzgür', 'Bob 50%'].filter((name) => name.includes(typed)),
    );
    const operations = await bank.client.get(`/api/operations?requester=${q}`, { token: agent.token });
    t.is(operations.status, 200, operations.text);
    t.deepEqual(operations.body.items, []);
  });
}

test('accents and case do not matter, and an IBAN is found by its beginning, with any spacing', async (t) => {
  const { bank, agent, account } = t.context;
  const { iban } = (await bank.client.get(`/api/accounts/${account}`, { token: agent.token })).body;
  const found = async (q: string) =>
    (
      await bank.client.get(`/api/accounts?q=${encodeURIComponent(q)}`, { token: agent.token })
    ).body.items.map(({ id }: { id: string }) => id);
  for (const q of ['amelie', 'AMÉLIE', 'Amélie', 'ozgur', iban, iban.slice(0, 20).toLowerCase()]) {
    t.deepEqual(await found(q), [account], q);
  }
  t.deepEqual(await found(iban.slice(0, 20).replace(/(.{4})/g, '$1 ')), [account]);
  t.deepEqual(await found(`${iban.slice(4)}`), []);
});
