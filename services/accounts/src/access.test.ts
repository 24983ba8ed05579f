import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from './fixtures.ts';
import { routes } from './routes.ts';

const test = anyTest as TestFn<{
  test: TestBank;
  people: Record<'member' | 'other' | 'agent' | 'superuser', TestPerson>;
  ids: Ids;
}>;

interface Ids {
  account: string;
  operation: string;
  beneficiary: string;
  transfer: string;
}

// What the contract says, written anew, so that the declarations in the code are held to it: the scope, and whose role has it.
const MEMBERS = 'm';
const AGENTS = 'a';
const MATRIX: Record<
  string,
  { who: string; scope: string; body?: (ids: Ids) => unknown; owned?: keyof Ids }
> = {
  'GET /api/accounts': { who: MEMBERS + AGENTS, scope: 'accounts:read' },
  'GET /api/comptes': { who: MEMBERS + AGENTS, scope: 'accounts:read' },
  'POST /api/accounts': {
    who: MEMBERS,
    scope: 'operations:write',
    body: () => ({ name: 'A', type: 'current' }),
  },
  'POST /api/comptes/create': {
    who: MEMBERS,
    scope: 'operations:write',
    body: () => ({ name: 'A', type: 'savings' }),
  },
  'GET /api/accounts/:id': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'account' },
  'PATCH /api/accounts/:id': {
    who: MEMBERS,
    scope: 'operations:write',
    owned: 'account',
    body: () => ({ name: 'B' }),
  },
  'POST /api/accounts/:id/close': { who: MEMBERS, scope: 'operations:write', owned: 'account' },
  'POST /api/accounts/:id/rib': { who: MEMBERS, scope: 'operations:write', owned: 'account' },
  'PUT /api/accounts/:id/overdraft': {
    who: AGENTS,
    scope: 'operations:decide',
    owned: 'account',
    body: () => ({ amount: 0 }),
  },
  'PUT /api/accounts/:id/limits': {
    who: AGENTS,
    scope: 'operations:decide',
    owned: 'account',
    body: () => ({ operation: null, day: null }),
  },
  'GET /api/accounts/:id/balance': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'account' },
  'GET /api/accounts/:id/transactions': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'account' },
  'GET /api/accounts/:id/statement': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'account' },
  'GET /api/accounts/:id/rib.pdf': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'account' },
  'POST /api/operations': {
    who: MEMBERS + AGENTS,
    scope: 'operations:write',
    body: ({ account }) => ({ type: 'deposit', account_id: account, amount: 1 }),
  },
  'POST /api/virement': {
    who: MEMBERS,
    scope: 'operations:write',
    body: ({ account }) => ({ compte_source: account, iban: 'DE89370400440532013000', montant: 1 }),
  },
  'GET /api/operations': { who: MEMBERS + AGENTS, scope: 'accounts:read' },
  'GET /api/operations/:id': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'operation' },
  'GET /api/operations/:id/entries': { who: MEMBERS + AGENTS, scope: 'accounts:read', owned: 'operation' },
  'POST /api/operations/:id/approve': { who: AGENTS, scope: 'operations:decide', owned: 'operation' },
  'POST /api/operations/:id/reject': {
    who: AGENTS,
    scope: 'operations:decide',
    owned: 'operation',
    body: () => ({ reason: 'No' }),
  },
  'POST /api/operations/:id/cancel': { who: MEMBERS, scope: 'operations:write', owned: 'operation' },
  'POST /api/operations/decisions': {
    who: AGENTS,
    scope: 'operations:decide',
    body: ({ operation }) => ({ items: [{ id: operation, decision: 'approve' }] }),
  },
  'POST /api/payees/verify': {
    who: MEMBERS + AGENTS,
    scope: 'accounts:read',
    body: () => ({ name: 'X', iban: 'DE89370400440532013000' }),
  },
  'GET /api/beneficiaries': { who: MEMBERS, scope: 'accounts:read' },
  'POST /api/beneficiaries': {
    who: MEMBERS,
    scope: 'operations:write',
    body: () => ({ name: 'X', iban: 'DE89370400440532013000' }),
  },
  'DELETE /api/beneficiaries/:id': { who: MEMBERS, scope: 'operations:write', owned: 'beneficiary' },
  'GET /api/ledger/reconciliation': { who: AGENTS, scope: 'accounts:read' },
};

test.before(async (t) => {
  const bank = await openTestBank();
  const people = {
    member: await bank.person('member'),
    other: await bank.person('member'),
    agent: await bank.person('agent'),
    superuser: await bank.person('superuser'),
  };
  const account = await bank.account(people.member, people.agent, 100_000);
  const { token } = people.member;
  const operation = await bank.client.post(
    '/api/operations',
    { type: 'withdrawal', account_id: account, amount: 5 },
    { token },
  );
  const beneficiary = await bank.client.post(
    '/api/beneficiaries',
    { name: 'X', iban: 'FR1420041010050500013M02606' },
    { token },
  );
  t.context = {
    test: bank,
    people,
    ids: { account, operation: operation.body.id, beneficiary: beneficiary.body.id, transfer: '' },
  };
});
test.after.always((t) => t.context.test.close());

test('every public route stands in the matrix, and the matrix names no other', (t) => {
  const declared = routes(t.context.test.bank, t.context.test.desk)
    .filter(({ access }) => access.kind !== 'peer')
    .flatMap((route) => [route.path, ...route.aliases].map((path) => `${route.method} ${path}`));
  t.deepEqual(declared.sort(), Object.keys(MATRIX).sort());
});

function ask(bank: TestBank, name: string, ids: Ids, token: string | undefined) {
  const [method = '', path = ''] = name.split(' ');
  const { body, owned } = MATRIX[name] as (typeof MATRIX)[string];
  const url = owned === undefined ? path : path.replace(':id', ids[owned]);
  const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
  const asking = token === undefined ? {} : { token };
  return verb === 'get' ? bank.client.get(url, asking) : bank.client[verb](url, body?.(ids), asking);
}

for (const [name, { who, scope, owned }] of Object.entries(MATRIX)) {
  test(`${name} is refused without a token, to the wrong role, and to a token without the scope`, async (t) => {
    const { test: bank, people, ids } = t.context;
    t.like(await ask(bank, name, ids, undefined), { status: 401, body: { code: 'unauthenticated' } });
    t.like(await ask(bank, name, ids, 'not.a.token'), { status: 401, body: { code: 'unauthenticated' } });
    t.like(await ask(bank, name, ids, people.superuser.token), { status: 403, body: { code: 'forbidden' } });
    if (!who.includes(MEMBERS))
      t.is((await ask(bank, name, ids, people.member.token)).body.code, 'forbidden');
    if (!who.includes(AGENTS)) t.is((await ask(bank, name, ids, people.agent.token)).body.code, 'forbidden');
    const role = who.includes(MEMBERS) ? 'member' : 'agent';
    const narrow = bank.token(role, people[role], ['profile', 'logs:read']);
    t.is((await ask(bank, name, ids, narrow)).body.code, 'insufficient_scope', scope);
    if (owned !== undefined && who.includes(MEMBERS)) {
      t.like(await ask(bank, name, ids, people.other.token), { status: 404, body: { code: 'not_found' } });
      const nobodys = { ...ids, [owned]: '01890000-0000-7000-8000-000000000000' };
      t.is((await ask(bank, name, nobodys, people.member.token)).status, 404);
      t.is((await ask(bank, name, { ...ids, [owned]: 'no-id' }, people.member.token)).status, 404);
    }
  });
}

test('a member sees nothing of another’s accounts and operations in any list', async (t) => {
  const { test: bank, people, ids } = t.context;
  const { token } = people.other;
  for (const path of [
    '/api/accounts',
    `/api/accounts?owner=${people.member.id}`,
    '/api/operations',
    `/api/operations?requester=${people.member.id}`,
    `/api/operations?requester=${people.member.username}`,
    `/api/operations?account=${ids.account}`,
    '/api/beneficiaries',
  ]) {
    t.deepEqual((await bank.client.get(path, { token })).body, { items: [], next: null }, path);
  }
});

test('a good token refused by role or scope leaves a log entry', async (t) => {
  const { test: bank, people } = t.context;
  await bank.client.get('/api/ledger/reconciliation', {
    token: people.other.token,
    headers: { 'x-request-id': 'denied-1' },
  });
  const row = await bank.bank.db('outbox').where('payload', 'like', '%"correlation_id":"denied-1"%').first();
  t.like(JSON.parse(row.payload), {
    action: 'ACCESS_DENIED',
    level: 'WARNING',
    actor: { id: people.other.id },
  });
});
