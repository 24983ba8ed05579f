import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

interface Context {
  bank: TestBank;
  root: TestPerson;
  agent: TestPerson;
  alice: TestPerson;
}
const test = anyTest as TestFn<Context>;
test.before(async (t) => {
  const bank = await openTestBank();
  const [root, agent, alice] = [
    await bank.person('superuser'),
    await bank.person('agent'),
    await bank.person('member', 'Alice Martin'),
  ];
  t.context = { bank, root, agent, alice };
});
test.after.always((t) => t.context.bank.close());

const RATES = { interest_rate: 250, overdraft_rate: 0, monthly_fee: 0, valid_from: '2026-10-15' };
const LIVRET = { name: 'Livret', type: 'savings', ...RATES };

const put = ({ bank, root }: Context, code: string, body: object, headers: Record<string, string> = {}) =>
  bank.client.put(`/api/products/${code}`, body, { token: root.token, headers });

async function product({ bank, alice }: Context, code: string) {
  const { body } = await bank.client.get('/api/products?limit=200', { token: alice.token });
  return body.items.find((one: { code: string }) => one.code === code);
}

/** How often the log has that a product was changed. */
async function logged({ bank }: Context, code: string): Promise<number> {
  const rows: { payload: string }[] = await bank.deps.db('outbox').select('payload');
  return rows
    .flatMap(({ payload }): { action?: string; data?: { product?: string } }[] => JSON.parse(payload))
    .filter(({ action, data }) => action === 'PRODUCT_CHANGED' && data?.product === code).length;
}

test('every bank has a product for each type of account, which earns and costs nothing', async (t) => {
  for (const code of ['current', 'savings']) {
    t.like(await product(t.context, code), {
      type: code,
      interest_rate: 0,
      overdraft_rate: 0,
      monthly_fee: 0,
      minimum_balance: 0,
      valid_from: null,
    });
  }
});

test('rates have a day from which they apply, and the earlier ones stay in the history', async (t) => {
  const first = await put(t.context, 'livret_a', { ...LIVRET, minimum_balance: 1_500 });
  t.like(first, { status: 200, body: { code: 'livret_a', interest_rate: 250, valid_from: '2026-10-15' } });
  t.is(
    (await put(t.context, 'livret_a', { ...LIVRET, interest_rate: 300, valid_from: '2026-11-01' })).status,
    200,
  );
  t.like(await product(t.context, 'livret_a'), {
    name: 'Livret',
    type: 'savings',
    interest_rate: 250,
    minimum_balance: 1_500,
    rates: [
      { valid_from: '2026-11-01', interest_rate: 300, minimum_balance: 0 },
      { valid_from: '2026-10-15', interest_rate: 250, minimum_balance: 1_500 },
    ],
  });
  t.is(
    (await put(t.context, 'livret_a', { ...LIVRET, interest_rate: 310, valid_from: '2026-11-01' })).status,
    200,
  );
  const { rates } = await product(t.context, 'livret_a');
  t.deepEqual(
    rates.map((one: { interest_rate: number }) => one.interest_rate),
    [310, 250],
    'the same day is replaced',
  );
  t.is(await logged(t.context, 'livret_a'), 3);
});

test('rates can’t begin on a day that is over, and the type of a product stays', async (t) => {
  const { bank, agent, alice } = t.context;
  t.is(
    (await put(t.context, 'late', { ...LIVRET, valid_from: '2026-10-14' })).body.code,
    'rate_begins_in_past',
  );
  t.is(await product(t.context, 'late'), undefined);
  t.is((await put(t.context, 'savings', { ...LIVRET, type: 'current' })).body.code, 'product_type_fixed');
  for (const [code, body] of [
    ['livret', { ...LIVRET, interest_rate: -1 }],
    ['livret', { ...LIVRET, interest_rate: 10_001 }],
    ['livret', { ...LIVRET, interest_rate: 2.5 }],
    ['livret', { ...LIVRET, valid_from: '2026-02-30' }],
    ['livret', { ...LIVRET, monthly_fee: -1 }],
  ] as const)
    t.is((await put(t.context, code, body)).status, 400, JSON.stringify(body));
  for (const { token } of [agent, alice])
    t.is((await bank.client.put('/api/products/livret', LIVRET, { token })).status, 403);
  t.is((await bank.client.put('/api/products/livret', LIVRET)).status, 401);
  t.is((await put(t.context, 'Livret', LIVRET)).status, 404);
  t.is(await logged(t.context, 'livret'), 0);
});

test('the same change twice with one key is made once, also on two replicas at once', async (t) => {
  const { bank, root } = t.context;
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  const body = { ...LIVRET, valid_from: '2026-12-01' };
  const send = (client: TestBank['client'], key: string) =>
    client.put('/api/products/twice', body, { token: root.token, headers: { 'idempotency-key': key } });
  const both = await Promise.all([send(bank.client, 'a'), send(replica.client, 'b')]);
  t.deepEqual(
    both.map(({ status }) => status),
    [200, 200],
  );
  const again = await send(replica.client, 'a');
  t.is(again.headers['idempotency-replayed'], 'true');
  t.is(await logged(t.context, 'twice'), 2);
  t.is((await product(t.context, 'twice')).rates.length, 1);
});

test('an account follows the product that its request names, or else the one of its type', async (t) => {
  const { bank, agent, alice } = t.context;
  await put(t.context, 'kids', { ...LIVRET, name: 'Kids' });
  const open = (body: object) =>
    bank.client.post('/api/accounts', { name: 'A', ...body }, { token: alice.token });
  const productOf = async (id: string, token: string) =>
    (await bank.client.get(`/api/accounts/${id}`, { token })).body.product;
  const { body: named } = await open({ type: 'savings', product: 'kids' });
  const { body: unnamed } = await open({ type: 'savings' });
  t.is(await productOf(named.account_id, alice.token), 'kids', 'while it waits');
  await bank.approve(agent, named.id);
  t.is(await productOf(named.account_id, agent.token), 'kids');
  t.is(await productOf(unnamed.account_id, alice.token), 'savings');
  t.like(await open({ type: 'current', product: 'kids' }), {
    status: 422,
    body: { code: 'product_type_mismatch' },
  });
  t.like(await open({ type: 'current', product: 'none' }), {
    status: 404,
    body: { code: 'product_not_found' },
  });
});

test('lists of products have pages', async (t) => {
  const { bank, alice } = t.context;
  const seen: string[] = [];
  for (let path: string | null = '/api/products?limit=1'; path !== null; ) {
    const { body }: { body: { items: { code: string }[]; next: string | null } } = await bank.client.get(
      path,
      {
        token: alice.token,
      },
    );
    seen.push(...body.items.map(({ code }) => code));
    path = body.next === null ? null : `/api/products?limit=1&cursor=${body.next}`;
  }
  t.deepEqual(seen, seen.toSorted());
  t.true(['current', 'savings'].every((code) => seen.includes(code)));
});
