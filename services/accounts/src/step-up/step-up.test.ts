import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

const test = anyTest.serial as TestFn<{ test: TestBank; agent: TestPerson; other: TestPerson }>;

test.before(async (t) => {
  const bank = await openTestBank({ secondAgentAboveMinor: 1_000_000_000n });
  t.context = { test: bank, agent: await bank.person('agent'), other: await bank.person('agent') };
});
test.after.always((t) => t.context.test.close());

/** A member with a second factor, and the ways to send money over the API. */
async function member({ test: bank, agent }: { test: TestBank; agent: TestPerson }) {
  const alice = await bank.person('member');
  const nextCode = bank.enroll(alice);
  const account = await bank.account(alice, agent, 10_000_000);
  const post = (path: string, body: object, key?: string) =>
    bank.client.post(path, body, {
      token: alice.token,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const to = { name: 'Jan Peeters', iban: 'BE68539007547034' };
  const ways = {
    transfer: (amount: number, more: object = {}, key?: string) =>
      post(
        '/api/operations',
        { type: 'external_transfer', from_account_id: account, to, amount, ...more },
        key,
      ),
    withdrawal: (amount: number, more: object = {}, key?: string) =>
      post('/api/operations', { type: 'withdrawal', account_id: account, amount, ...more }, key),
    virement: (amount: number, more: object = {}, key?: string) =>
      post('/api/virement', { compte_source: account, iban: to.iban, montant: amount, ...more }, key),
  };
  return { alice, account, nextCode, post, ...ways };
}

const WAYS = ['transfer', 'withdrawal', 'virement'] as const;

for (const way of WAYS) {
  test(`a ${way} above the threshold needs a code, no matter how the code is left out`, async (t) => {
    const { nextCode, ...ways } = await member(t.context);
    const send = ways[way];
    for (const more of [{}, { totp: null }, { totp: '' }, { totp: '   ' }]) {
      t.like(
        await send(100_001, more),
        { status: 403, body: { code: 'totp_required' } },
        JSON.stringify(more),
      );
    }
    // A code that auth would refuse as malformed does not make auth unreachable.
    for (const totp of ['123\u0000456', '123\t456', '\u0085'])
      t.like(await send(100_001, { totp }), { status: 400, body: { code: 'invalid_request' } }, totp);
    t.like(await send(100_001, { totp: '999999' }), { status: 403, body: { code: 'invalid_totp' } });
    const code = nextCode();
    t.is((await send(100_001, { totp: code })).status, 201);
    t.like(await send(100_001, { totp: code }), { status: 403, body: { code: 'invalid_totp' } });
    const spaced = nextCode();
    t.is((await send(100_001, { totp: `${spaced.slice(0, 3)} ${spaced.slice(3)}` })).status, 201);
  });

  test(`a ${way} of exactly the threshold needs no code, and auth is not asked`, async (t) => {
    const { [way]: send } = await member(t.context);
    const { auth } = t.context.test;
    auth.down = true;
    const before = auth.checks;
    const reply = await send(100_000);
    auth.down = false;
    t.is(reply.status, 201, reply.text);
    t.is(auth.checks, before);
  });
}

test('everything sent since the last code counts together, for all routes and accounts', async (t) => {
  const { transfer, withdrawal, virement, nextCode, alice, post } = await member(t.context);
  const second = await t.context.test.account(alice, t.context.agent, 1_000_000);
  t.is((await transfer(40_000)).status, 201);
  t.is((await withdrawal(30_000)).status, 201);
  t.is((await virement(30_000)).status, 201);
  const beyond = { type: 'withdrawal', account_id: second, amount: 1 };
  t.is((await post('/api/operations', beyond)).body.code, 'totp_required');
  t.is((await transfer(1, { totp: nextCode() })).status, 201);
  // After the code the sum starts again at zero.
  t.is((await transfer(100_000)).status, 201);
  t.is((await post('/api/operations', beyond)).body.code, 'totp_required');
});

test('the sum covers one day of the bank: it starts again at midnight in Paris', async (t) => {
  const { test: bank } = t.context;
  const { transfer } = await member(t.context);
  const before = bank.time.now;
  bank.time.now = new Date('2026-10-20T21:59:59.999Z');
  t.is((await transfer(100_000)).status, 201);
  t.is((await transfer(1)).body.code, 'totp_required');
  bank.time.now = new Date('2026-10-20T22:00:00.000Z');
  t.is((await transfer(1)).status, 201);
  // A replica whose clock is behind adds to the day that has already begun.
  bank.time.now = new Date('2026-10-20T21:59:59.999Z');
  t.is((await transfer(100_000)).body.code, 'totp_required');
  bank.time.now = before;
});

test('a cancelled request still counts', async (t) => {
  const { test: bank } = t.context;
  const { transfer, alice } = await member(t.context);
  const { body } = await transfer(100_000);
  await bank.client.post(`/api/operations/${body.id}/cancel`, undefined, { token: alice.token });
  t.is((await transfer(1)).body.code, 'totp_required');
});

test('a request that is refused for another reason does not count and uses up no code', async (t) => {
  const { transfer, nextCode } = await member(t.context);
  const code = nextCode();
  t.is((await transfer(11_000_000, { totp: code })).body.code, 'insufficient_funds');
  t.is((await transfer(100_000)).status, 201);
  t.is((await transfer(1, { totp: code })).status, 201);
});

test('transfers between own accounts and deposits need no code and do not count', async (t) => {
  const { test: bank, agent } = t.context;
  const { alice, account, post, transfer } = await member(t.context);
  const other = await bank.account(alice, agent);
  const move = { type: 'internal_transfer', from_account_id: account, to_account_id: other, amount: 200_000 };
  t.is((await post('/api/operations', move)).status, 201);
  t.is(
    (await post('/api/operations', { type: 'deposit', account_id: account, amount: 200_000 })).status,
    201,
  );
  t.is((await transfer(100_000)).status, 201);
});

test('a member without a second factor needs no code', async (t) => {
  const { test: bank, agent } = t.context;
  const bob = await bank.person('member');
  const account = await bank.account(bob, agent, 500_000);
  const body = { type: 'withdrawal', account_id: account, amount: 100_001 };
  for (const more of [{}, { totp: '123456' }]) {
    t.is((await bank.client.post('/api/operations', { ...body, ...more }, { token: bob.token })).status, 201);
  }
});

test('while auth is down, a request that needs a code is refused as unavailable', async (t) => {
  const { test: bank } = t.context;
  const { transfer, nextCode } = await member(t.context);
  bank.auth.down = true;
  const replies = [await transfer(100_001), await transfer(100_001, { totp: nextCode() }, 'down')];
  bank.auth.down = false;
  for (const reply of replies) {
    t.like(reply, { status: 503, body: { code: 'unavailable' } });
    t.regex(String(reply.headers['retry-after']), /^\d+$/);
  }
  t.is((await transfer(100_001, { totp: nextCode() }, 'down')).status, 201);
});

test('concurrent requests on two replicas never send more than the threshold without a code', async (t) => {
  const { test: bank, agent } = t.context;
  const { alice, account } = await member(t.context);
  const second = await bank.account(alice, agent, 1_000_000);
  const replicas = [await bank.replica(), await bank.replica()];
  const replies = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      replicas[index % 2]?.client.post(
        '/api/operations',
        { type: 'withdrawal', account_id: index % 3 === 0 ? account : second, amount: 10_000 },
        { token: alice.token },
      ),
    ),
  );
  const codes = Map.groupBy(replies, (reply) => reply?.body.code ?? reply?.body.status);
  t.deepEqual([codes.get('pending')?.length, codes.get('totp_required')?.length], [10, 30]);
  for (const replica of replicas) await replica.close();
});

const BELGIAN = 'BE68539007547034';

/** A member with a passkey only, and the IBAN of their account. */
async function passkeyMember({ test: bank, agent }: { test: TestBank; agent: TestPerson }) {
  const bob = await bank.person('member');
  const confirm = bank.enrollPasskey(bob);
  const account = await bank.account(bob, agent, 10_000_000);
  const read = await bank.client.get(`/api/accounts/${account}`, { token: bob.token });
  const send = (body: object, key?: string) =>
    bank.client.post('/api/operations', body, {
      token: bob.token,
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const transfer = (amount: number, more: object = {}) => ({
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'Jan Peeters', iban: BELGIAN },
    amount,
    ...more,
  });
  return { bob, account, iban: read.body.iban as string, confirm, send, transfer };
}

test('a passkey’s confirmation is taken in place of a code, once, for its amount and payee', async (t) => {
  const { send, transfer, confirm } = await passkeyMember(t.context);
  const amount = 150_000;
  t.is((await send(transfer(amount))).body.code, 'totp_required');
  t.is((await send(transfer(amount, { step_up: '' }))).body.code, 'totp_required');
  t.like(await send(transfer(amount, { step_up: 'x' })), { status: 403, body: { code: 'invalid_totp' } });
  for (const wrong of [
    { amount: amount - 1, iban: BELGIAN },
    { amount: 1, iban: BELGIAN },
    { amount, iban: 'DE89370400440532013000' },
  ]) {
    const reply = await send(transfer(amount, { step_up: confirm(wrong) }));
    t.like(reply, { status: 403, body: { code: 'invalid_totp' } }, JSON.stringify(wrong));
  }
  // The payee as the bank reads them, however the client spelled the IBAN.
  const step_up = confirm({ amount, iban: BELGIAN });
  const spelled = { name: 'Jan Peeters', iban: 'be68 5390 0754 7034' };
  t.is((await send(transfer(amount, { to: spelled, step_up }))).status, 201);
  t.is((await send(transfer(amount, { step_up }))).body.code, 'invalid_totp');
});

test('a confirmation of another member is refused', async (t) => {
  const { send, transfer } = await passkeyMember(t.context);
  const other = await passkeyMember(t.context);
  const step_up = other.confirm({ amount: 150_000, iban: BELGIAN });
  t.is((await send(transfer(150_000, { step_up }))).body.code, 'invalid_totp');
});

test('a withdrawal is confirmed with the IBAN of its own account', async (t) => {
  const { send, account, iban, confirm } = await passkeyMember(t.context);
  const body = { type: 'withdrawal', account_id: account, amount: 150_000 };
  const elsewhere = confirm({ amount: 150_000, iban: BELGIAN });
  t.is((await send({ ...body, step_up: elsewhere })).body.code, 'invalid_totp');
  t.is((await send({ ...body, step_up: confirm({ amount: 150_000, iban }) })).status, 201);
});

test('a confirmation is for the currency of the account that pays', async (t) => {
  const { test: bank, agent } = t.context;
  const { bob, send, confirm } = await passkeyMember(t.context);
  const pounds = await bank.account(bob, agent, 1_000_000, 'GBP');
  const { body: read } = await bank.client.get(`/api/accounts/${pounds}`, { token: bob.token });
  const amount = 150_000;
  const to = { name: 'Jan Peeters', iban: BELGIAN };
  const payments = [
    [{ type: 'external_transfer', from_account_id: pounds, to, amount }, BELGIAN],
    [{ type: 'withdrawal', account_id: pounds, amount }, read.iban],
  ] as const;
  for (const [payment, iban] of payments) {
    // Euros are what a client confirms that names no currency.
    const euros = await send({ ...payment, step_up: confirm({ amount, iban }) });
    t.is(euros.body.code, 'invalid_totp', payment.type);
    const step_up = confirm({ amount, currency: 'GBP', iban });
    t.like(await send({ ...payment, step_up }), { status: 201, body: { currency: 'GBP' } }, payment.type);
  }
});

test('the first system’s transfer takes a confirmation too', async (t) => {
  const { test: bank } = t.context;
  const { bob, account, confirm } = await passkeyMember(t.context);
  const send = (more: object) =>
    bank.client.post(
      '/api/virement',
      { compte_source: account, iban: BELGIAN, montant: 150_000, ...more },
      { token: bob.token },
    );
  t.is((await send({ step_up: confirm({ amount: 150_001, iban: BELGIAN }) })).body.code, 'invalid_totp');
  t.is((await send({ step_up: confirm({ amount: 150_000, iban: BELGIAN }) })).status, 201);
});

test('a code and a confirmation together are refused as invalid', async (t) => {
  const { send, transfer, confirm, account } = await passkeyMember(t.context);
  const both = { totp: '123456', step_up: confirm({ amount: 150_000, iban: BELGIAN }) };
  const withdrawal = { type: 'withdrawal', account_id: account, amount: 150_000, ...both };
  for (const body of [transfer(150_000, both), withdrawal]) {
    const reply = await send(body);
    t.like(reply, { status: 400, body: { code: 'invalid_request' } });
    t.is(reply.body.errors[0].path, 'step_up');
  }
  t.is((await send(transfer(150_000, { ...both, totp: null }))).status, 201);
});

test('a confirmation that is not needed is not used up', async (t) => {
  const { send, transfer, confirm } = await passkeyMember(t.context);
  const step_up = confirm({ amount: 60_000, iban: BELGIAN });
  const before = t.context.test.auth.checks;
  t.is((await send(transfer(60_000, { step_up }))).status, 201);
  t.is(t.context.test.auth.checks, before);
  t.is((await send(transfer(60_000, { step_up }))).status, 201);
  t.is((await send(transfer(60_000, { step_up }))).status, 201, 'the sum began again');
  t.is((await send(transfer(60_000, { step_up }))).body.code, 'invalid_totp');
});

test('a transfer with a used confirmation is replayed for its key', async (t) => {
  const { send, transfer, confirm } = await passkeyMember(t.context);
  const step_up = confirm({ amount: 150_000, iban: BELGIAN });
  const first = await send(transfer(150_000, { step_up }), 'confirmed');
  t.is(first.status, 201);
  for (const again of [{ step_up }, { step_up: 'another' }, {}, { totp: '000000' }]) {
    const reply = await send(transfer(150_000, again), 'confirmed');
    t.deepEqual([reply.status, reply.body], [201, first.body], JSON.stringify(again));
  }
});

test('one confirmation sent twice at once pays once', async (t) => {
  const { send, transfer, confirm } = await passkeyMember(t.context);
  const step_up = confirm({ amount: 150_000, iban: BELGIAN });
  const replies = await Promise.all([1, 2, 3, 4].map(() => send(transfer(150_000, { step_up }))));
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 403, 403, 403]);
});

test('a wrong code is a warning in the audit log, visible to its owner', async (t) => {
  const { test: bank } = t.context;
  const { transfer, alice } = await member(t.context);
  await transfer(100_001, { totp: '999999' });
  const rows = await bank.deps.db('outbox').where('payload', 'like', '%STEP_UP_FAILED%');
  const events = rows.map(({ payload }) => JSON.parse(payload));
  t.like(
    events.find(({ actor }) => actor.id === alice.id),
    { level: 'WARNING', concerns: [alice.id], subject: { type: 'user', id: alice.id } },
  );
});
