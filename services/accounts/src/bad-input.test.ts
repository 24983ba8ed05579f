import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from './fixtures.ts';

const test = anyTest as TestFn<{ test: TestBank; member: TestPerson; agent: TestPerson; account: string }>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [member, agent] = [await bank.person('member'), await bank.person('agent')];
  t.context = { test: bank, member, agent, account: await bank.account(member, agent, 10_000) };
});
test.after.always((t) => t.context.test.close());

const ID = '01890000-0000-7000-8000-000000000000';
const IBAN = 'DE89370400440532013000';

const WRONG_BODIES: [what: string, path: string, body: (account: string) => unknown, field: string][] = [
  ['no type', '/api/operations', (a) => ({ account_id: a, amount: 1 }), 'type'],
  ['an unknown type', '/api/operations', (a) => ({ type: 'gift', account_id: a, amount: 1 }), 'type'],
  [
    'an agent’s type in an invalid form',
    '/api/operations',
    () => ({ type: 'reversal', transfer_id: ID }),
    'reason',
  ],
  ['no amount', '/api/operations', (a) => ({ type: 'deposit', account_id: a }), 'amount'],
  ['an amount of zero', '/api/operations', (a) => ({ type: 'deposit', account_id: a, amount: 0 }), 'amount'],
  ['a negative amount', '/api/operations', (a) => ({ type: 'deposit', account_id: a, amount: -5 }), 'amount'],
  ['a fraction', '/api/operations', (a) => ({ type: 'deposit', account_id: a, amount: 1.5 }), 'amount'],
  [
    'an amount as text',
    '/api/operations',
    (a) => ({ type: 'deposit', account_id: a, amount: '100' }),
    'amount',
  ],
  [
    'an amount over 10^12',
    '/api/operations',
    (a) => ({ type: 'deposit', account_id: a, amount: 1e12 + 1 }),
    'amount',
  ],
  [
    'a currency',
    '/api/operations',
    (a) => ({ type: 'deposit', account_id: a, amount: 1, currency: 'EUR' }),
    'currency',
  ],
  [
    'an invalid id',
    '/api/operations',
    () => ({ type: 'deposit', account_id: 'mine', amount: 1 }),
    'account_id',
  ],
  [
    'a reference that is too long',
    '/api/operations',
    (a) => ({ type: 'deposit', account_id: a, amount: 1, reference: 'x'.repeat(141) }),
    'reference',
  ],
  [
    'a control character',
    '/api/operations',
    (a) => ({ type: 'deposit', account_id: a, amount: 1, reference: 'a\u0000b' }),
    'reference',
  ],
  [
    'iban and rib',
    '/api/operations',
    (a) => ({
      type: 'external_transfer',
      from_account_id: a,
      to: { name: 'X', iban: IBAN, rib: 'x' },
      amount: 1,
    }),
    'to',
  ],
  [
    'neither iban nor rib',
    '/api/operations',
    (a) => ({ type: 'external_transfer', from_account_id: a, to: { name: 'X' }, amount: 1 }),
    'to',
  ],
  ['an empty name', '/api/accounts', () => ({ name: '  ', type: 'current' }), 'name'],
  ['a name of 61 characters', '/api/accounts', () => ({ name: 'x'.repeat(61), type: 'current' }), 'name'],
  ['an unknown account type', '/api/accounts', () => ({ name: 'A', type: 'gold' }), 'type'],
  [
    'an unknown currency',
    '/api/accounts',
    () => ({ name: 'A', type: 'current', currency: 'XXX' }),
    'currency',
  ],
  ['a list as the body', '/api/accounts', () => [], 'body'],
  [
    'two payees',
    '/api/virement',
    (a) => ({ from_account_id: a, to_account_id: ID, iban: IBAN, amount: 1 }),
    'to',
  ],
  [
    'both amounts',
    '/api/virement',
    (a) => ({ from_account_id: a, iban: IBAN, amount: 1, montant: 1 }),
    'amount',
  ],
];

for (const [what, path, body, field] of WRONG_BODIES) {
  test(`${path} with ${what} is invalid_request and names ${field}`, async (t) => {
    const { test: bank, member, account } = t.context;
    const reply = await bank.client.post(path, body(account), { token: member.token });
    t.like(reply, { status: 400, body: { code: 'invalid_request' } }, reply.text);
    t.true(
      reply.body.errors.some((one: { path: string }) => one.path.split('.')[0] === field),
      reply.text,
    );
  });
}

test('a rejection needs a reason', async (t) => {
  const { test: bank, agent } = t.context;
  const reply = await bank.client.post(`/api/operations/${ID}/reject`, {}, { token: agent.token });
  t.like(reply, { status: 400, body: { errors: [{ path: 'reason' }] } });
  t.is(
    (await bank.client.post('/api/operations/decisions', { items: [] }, { token: agent.token })).status,
    400,
  );
  const many = { items: Array.from({ length: 1_001 }, () => ({ id: ID, decision: 'approve' })) };
  t.is((await bank.client.post('/api/operations/decisions', many, { token: agent.token })).status, 400);
});

for (const query of [
  'limit=0',
  'limit=201',
  'limit=x',
  'limit=1&limit=2',
  'cursor=nonsense',
  'colour=red',
  'from=yesterday',
  'status=gone',
  'type=GIFT',
  'account=mine',
  'to=2026-02-30',
]) {
  test(`GET /api/operations?${query} is invalid_request`, async (t) => {
    const { test: bank, member } = t.context;
    const reply = await bank.client.get(`/api/operations?${query}`, { token: member.token });
    t.like(reply, { status: 400, body: { code: 'invalid_request' } }, reply.text);
  });
}

test('a malformed idempotency key is invalid_request', async (t) => {
  const { test: bank, member } = t.context;
  for (const key of ['x'.repeat(256), 'é']) {
    const reply = await bank.client.post(
      '/api/accounts',
      { name: 'A', type: 'current' },
      { token: member.token, headers: { 'idempotency-key': Buffer.from(key, 'utf8').toString('latin1') } },
    );
    t.is(reply.status, 400, key);
  }
});

test('a string that is not an IBAN or RIB is refused with its own code', async (t) => {
  const { test: bank, member, account } = t.context;
  const send = (to: object) =>
    bank.client.post(
      '/api/operations',
      { type: 'external_transfer', from_account_id: account, to: { name: 'X', ...to }, amount: 1 },
      { token: member.token },
    );
  t.like(await send({ iban: 'FR1420041010050500013M02607' }), {
    status: 422,
    body: { code: 'invalid_iban' },
  });
  t.like(await send({ iban: 'hello' }), { status: 422, body: { code: 'invalid_iban' } });
  t.like(await send({ rib: '20041010050500013M02607' }), { status: 422, body: { code: 'invalid_rib' } });
  t.like(await send({ rib: { bank: '20041', branch: '01005', number: '0500013M026', key: '07' } }), {
    status: 422,
    body: { code: 'invalid_rib' },
  });
  t.is((await send({ rib: '20041 01005 0500013m026 06' })).body.to.iban, 'FR1420041010050500013M02606');
  t.is((await send({ iban: 'fr14 2004 1010 0505 0001 3m02 606' })).status, 201);
});
