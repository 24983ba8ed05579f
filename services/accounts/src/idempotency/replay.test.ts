import { newId, uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { refuse } from '../errors.ts';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { once, onceOutsideTransaction } from './once.ts';

interface Context {
  test: TestBank;
  agent: TestPerson;
  alice: TestPerson;
  account: string;
}
const test = anyTest.serial as TestFn<Context>;

test.before(async (t) => {
  const bank = await openTestBank();
  const [agent, alice] = [await bank.person('agent'), await bank.person('member')];
  t.context = { test: bank, agent, alice, account: await bank.account(alice, agent, 900_000) };
});
test.after.always((t) => t.context.test.close());

const newKey = () => newId();

function asking({ test: bank }: Context, person: TestPerson, path: string) {
  return (key: string, body?: object) =>
    bank.client.post(path, body, { token: person.token, headers: { 'idempotency-key': key } });
}

const setStatus = ({ test: bank }: Context, person: TestPerson, status: string) =>
  bank.deps.db('people').where('id', uuidBytes(person.id)).update({ status });

const IBAN = 'BE68539007547034';
const OWN_IBAN = 'FR7630006000011234567890189';

test('a transfer with a code is replayed for the same request with another code, with the used code, and without one', async (t) => {
  const { test: bank, agent } = t.context;
  const carol = await bank.person('member');
  const account = await bank.account(carol, agent, 900_000);
  const nextCode = bank.enroll(carol);
  const ask = asking(t.context, carol, '/api/operations');
  const body = {
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'Jan Peeters', iban: IBAN },
    amount: 200_000,
  };
  const key = newKey();
  t.is((await ask(key, body)).body.code, 'totp_required');
  t.is((await ask(key, { ...body, totp: '999999' })).body.code, 'invalid_totp');
  const code = nextCode();
  const first = await ask(key, { ...body, totp: code });
  t.is(first.status, 201, first.text);
  const before = bank.auth.checks;
  for (const totp of [code, nextCode(), '999999', '', null, undefined]) {
    const again = await ask(key, { ...body, ...(totp === undefined ? {} : { totp }) });
    t.deepEqual([again.status, again.body], [201, first.body], String(totp));
    t.is(again.headers['idempotency-replayed'], 'true');
  }
  t.is(bank.auth.checks, before, 'auth checks no code for a replay');
  t.is((await ask(key, { ...body, amount: 200_001, totp: nextCode() })).body.code, 'idempotency_key_reused');
});

test('a reply is replayed whatever has happened to the limits, the money, the account and the user since', async (t) => {
  const { test: bank, agent, account } = t.context;
  const ask = asking(t.context, t.context.alice, '/api/operations');
  const body = { type: 'withdrawal', account_id: account, amount: 50 };
  const key = newKey();
  const first = await ask(key, body);
  t.is(first.status, 201);
  const approve = asking(t.context, agent, `/api/operations/${first.body.id}/approve`);
  const decide = asking(t.context, agent, '/api/operations/decisions');
  const items = { items: [{ id: first.body.id, decision: 'approve' }] };
  const [approvalKey, bulkKey] = [newKey(), newKey()];
  const approved = await approve(approvalKey);
  const bulk = await decide(bulkKey, items);
  await bank.deps
    .db('accounts')
    .where('id', uuidBytes(account))
    .update({ status: 'closed', limit_operation: 1 });
  await setStatus(t.context, t.context.alice, 'deactivated');
  await setStatus(t.context, agent, 'deactivated');
  const again = [await ask(key, body), await approve(approvalKey), await decide(bulkKey, items)];
  await setStatus(t.context, t.context.alice, 'active');
  await setStatus(t.context, agent, 'active');
  await bank.deps
    .db('accounts')
    .where('id', uuidBytes(account))
    .update({ status: 'open', limit_operation: null });
  t.deepEqual(
    again.map((reply) => [reply.status, reply.body, reply.headers['idempotency-replayed']]),
    [first, approved, bulk].map((reply) => [reply.status, reply.body, 'true']),
  );
});

test('a bulk decision is replayed unchanged, whatever has happened to its operations since', async (t) => {
  const { test: bank, agent, alice, account } = t.context;
  const body = { type: 'deposit', account_id: account, amount: 5 };
  const requested = await bank.client.post('/api/operations', body, { token: alice.token });
  await bank.deps.db('accounts').where('id', uuidBytes(account)).update({ status: 'closed' });
  const decide = asking(t.context, agent, '/api/operations/decisions');
  const items = [{ id: requested.body.id, decision: 'approve' }];
  const key = newId();
  const first = await decide(key, { items });
  t.like(first.body.items[0], { status: 'pending', error: { code: 'account_not_open' } });
  await bank.deps.db('accounts').where('id', uuidBytes(account)).update({ status: 'open' });
  t.is((await bank.approve(agent, requested.body.id)).body.status, 'posted');
  const again = await decide(key, { items });
  t.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
});

test('absent and null fields mean the same request, and so do all spellings of an account number', async (t) => {
  const { account } = t.context;
  const ask = asking(t.context, t.context.alice, '/api/operations');
  const body = (to: object, more: object = {}) => ({
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'Jan Peeters', ...to },
    amount: 5,
    ...more,
  });
  const rib = { bank: '30006', branch: '00001', number: '12345678901', key: '89' };
  const key = newKey();
  const first = await ask(key, body({ iban: OWN_IBAN }));
  t.is(first.status, 201, first.text);
  for (const same of [
    body({ iban: OWN_IBAN }, { reference: null, totp: null }),
    body({ iban: 'fr76 3000 6000 0112 3456 7890 189' }),
    body({ rib }),
    body({ rib: '30006000011234567890189' }),
    body({ rib: '30006 00001 12345678901 89' }),
  ]) {
    const again = await ask(key, same);
    t.is(again.body.id, first.body.id, again.text);
    t.is(again.headers['idempotency-replayed'], 'true');
  }
  for (const other of [
    body({ iban: IBAN }),
    body({ iban: OWN_IBAN }, { reference: 'x' }),
    body({ iban: 'FR00' }),
  ]) {
    t.is((await ask(key, other)).body.code, 'idempotency_key_reused');
  }
});

test('a transfer in the first system’s format is compared by its meaning too', async (t) => {
  const { account } = t.context;
  const ask = asking(t.context, t.context.alice, '/api/virement');
  const key = newKey();
  const first = await ask(key, { compte_source: account, iban: OWN_IBAN, montant: 7 });
  t.is(first.status, 201, first.text);
  const again = await ask(key, {
    from_account_id: account,
    to: { iban: 'fr7630006000011234567890189', name: null },
    amount: 7,
    reference: null,
  });
  t.is(again.body.id, first.body.id, again.text);
  const elsewhere = asking(t.context, t.context.alice, '/api/operations');
  const sameElsewhere = {
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'X', iban: OWN_IBAN },
    amount: 7,
  };
  t.is((await elsewhere(key, sameElsewhere)).body.code, 'idempotency_key_reused');
});

test('saved payees, payee checks, rejections and bulk decisions are compared by their meaning', async (t) => {
  const { alice, agent } = t.context;
  const save = asking(t.context, alice, '/api/beneficiaries');
  const verify = asking(t.context, alice, '/api/payees/verify');
  for (const ask of [save, verify]) {
    const key = newKey();
    const first = await ask(key, { name: 'Jan Peeters', iban: IBAN });
    t.true(first.status < 300, first.text);
    const again = await ask(key, { name: 'Jan Peeters', iban: 'be68 5390 0754 7034' });
    t.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
  }
  const decide = asking(t.context, agent, '/api/operations/decisions');
  const id = '01890000-0000-7000-8000-000000000000';
  const key = newKey();
  await decide(key, { items: [{ id, decision: 'approve' }] });
  const again = await decide(key, { items: [{ decision: 'approve', reason: null, id }] });
  t.is(again.headers['idempotency-replayed'], 'true', again.text);
});

test('the refusal of an invalid number is stored too, and its key cannot be used for a valid one', async (t) => {
  const { account } = t.context;
  const ask = asking(t.context, t.context.alice, '/api/operations');
  const body = (iban: string) => ({
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'Jan Peeters', iban },
    amount: 5,
  });
  const key = newKey();
  t.is((await ask(key, body('BE00'))).body.code, 'invalid_iban');
  const again = await ask(key, body('BE00'));
  t.deepEqual([again.body.code, again.headers['idempotency-replayed']], ['invalid_iban', 'true']);
  t.is((await ask(key, body(IBAN))).body.code, 'idempotency_key_reused');
});

for (const [setting, body, own] of [
  ['overdraft', (amount: number) => ({ amount }), 'overdraft'],
  ['limits', (day: number) => ({ operation: null, day }), 'limits'],
] as const) {
  test(`retrying a change of ${setting} does not undo later changes, and requests a second agent only once`, async (t) => {
    const { test: bank, agent } = t.context;
    const other = await bank.person('agent');
    const account = await bank.account(await bank.person('member'), agent);
    const put = (by: TestPerson, amount: number, key: string) =>
      bank.client.put(`/api/accounts/${account}/${setting}`, body(amount), {
        token: by.token,
        headers: { 'idempotency-key': key },
      });
    const key = newKey();
    const first = await put(agent, 500, key);
    t.is(first.status, 200, first.text);
    t.is((await put(other, 0, newKey())).status, 200);
    const again = await put(agent, 500, key);
    t.deepEqual([again.body, again.headers['idempotency-replayed']], [first.body, 'true']);
    const { body: now } = await bank.client.get(`/api/accounts/${account}`, { token: agent.token });
    t.deepEqual(now[own], setting === 'limits' ? { operation: null, day: 0 } : 0);
    t.is((await put(agent, 501, key)).body.code, 'idempotency_key_reused');

    const second = newKey();
    const requested = await put(agent, 2_000_000, second);
    t.is(requested.status, 202, requested.text);
    const repeated = await put(agent, 2_000_000, second);
    t.deepEqual([repeated.status, repeated.body], [202, requested.body]);
    t.is(repeated.headers['idempotency-replayed'], 'true');
    const waiting = await bank.client.get(`/api/operations?account=${account}&type=set_${setting}`, {
      token: agent.token,
    });
    t.is(waiting.body.items.length, 1);
  });
}

test('a request that another replica’s with its key overtakes is answered like that one, not refused because of it', async (t) => {
  const { test: bank, agent } = t.context;
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  for (const run of [once, onceOutsideTransaction]) {
    const idempotency = {
      key: { userId: agent.id, key: newKey(), requestHash: 'a'.repeat(64) },
      render: (body: object) => ({ status: 201, body }),
    };
    const overtaken = await run(bank.deps, idempotency, async () => {
      await once(replica.deps, idempotency, async () => ({ id: 'made once' }));
      if (run === once) throw refuse.nothing_to_send();
      return { id: 'made twice' };
    });
    t.deepEqual(overtaken, { rendered: { status: 201, body: { id: 'made once' } }, replayed: true });
  }
});
