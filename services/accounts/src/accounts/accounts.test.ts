import { uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank } from '../fixtures.ts';
import { houseAccount } from './account.ts';

const test = anyTest as TestFn<{ test: TestBank }>;

test.before(async (t) => {
  t.context.test = await openTestBank({ limitOperationMinor: 50_000n });
});
test.after.always((t) => t.context.test.close());

async function people(bank: TestBank) {
  return {
    agent: await bank.person('agent'),
    alice: await bank.person('member', 'Alice Martin'),
    bob: await bank.person('member', 'Bob Petit'),
  };
}

test('an account is pending until an agent opens it, and then has a RIB with a valid key and IBAN', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const { body: operation } = await bank.client.post(
    '/api/comptes/create',
    { name: ' Savings ', type: 'savings' },
    { token: alice.token },
  );
  t.like(operation, { type: 'open_account', status: 'pending', amount: null, currency: 'EUR' });
  const path = `/api/accounts/${operation.account_id}`;
  t.like((await bank.client.get(path, { token: alice.token })).body, {
    status: 'pending',
    rib: null,
    iban: null,
    name: 'Savings',
  });
  await bank.approve(agent, operation.id);
  const { body } = await bank.client.get(path, { token: alice.token });
  t.like(body, { status: 'open', owner_name: 'Alice Martin', bic: 'GUICFRPPXXX', balance: 0 });
  t.regex(body.iban, /^FR\d{2}3009900001\d{13}$/);
  t.is(`${body.rib.bank}${body.rib.branch}${body.rib.number}${body.rib.key}`, body.iban.slice(4));
});

test('a rejected account stays rejected and accepts no operation', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const { body: operation } = await bank.client.post(
    '/api/accounts',
    { name: 'A', type: 'current' },
    { token: alice.token },
  );
  await bank.client.post(
    `/api/operations/${operation.id}/reject`,
    { reason: 'No papers' },
    { token: agent.token },
  );
  t.is(
    (await bank.client.get(`/api/accounts/${operation.account_id}`, { token: alice.token })).body.status,
    'rejected',
  );
  const deposit = await bank.client.post(
    '/api/operations',
    { type: 'deposit', account_id: operation.account_id, amount: 1 },
    { token: alice.token },
  );
  t.is(deposit.body.code, 'account_not_open');
});

test('only an empty account can be closed, and this is checked again at the decision', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const id = await bank.account(alice, agent);
  const close = await bank.client.post(`/api/accounts/${id}/close`, undefined, { token: alice.token });
  t.is(close.status, 201);
  const deposit = await bank.client.post(
    '/api/operations',
    { type: 'deposit', account_id: id, amount: 100 },
    { token: alice.token },
  );
  await bank.approve(agent, deposit.body.id);
  const refused = await bank.approve(agent, close.body.id);
  t.like(refused, { status: 409, body: { code: 'account_not_empty' } });
  const still = await bank.client.get(`/api/operations/${close.body.id}`, { token: alice.token });
  t.like(still.body, { status: 'pending', refusal: { code: 'account_not_empty' } });
  t.is(
    (await bank.client.post(`/api/accounts/${id}/close`, undefined, { token: alice.token })).body.code,
    'account_not_empty',
  );
  const withdrawal = await bank.client.post(
    '/api/operations',
    { type: 'withdrawal', account_id: id, amount: 100 },
    { token: alice.token },
  );
  await bank.approve(agent, withdrawal.body.id);
  t.is((await bank.approve(agent, close.body.id)).body.status, 'posted');
  t.is((await bank.client.get(`/api/accounts/${id}`, { token: alice.token })).body.status, 'closed');
});

for (const { what, path, posted, next } of [
  { what: 'closing', path: 'close', posted: 'closed', next: 'account_not_open' },
  { what: 'renewal of the RIB', path: 'rib', posted: 'open', next: undefined },
]) {
  test(`only one ${what} of an account can wait, whichever tab and replica requests it`, async (t) => {
    const bank = t.context.test;
    const { agent, alice } = await people(bank);
    const [id, another] = [await bank.account(alice, agent), await bank.account(alice, agent)];
    const replica = await bank.replica();
    const ask = (account: string, { client }: Pick<TestBank, 'client'> = bank) =>
      client.post(`/api/accounts/${account}/${path}`, undefined, { token: alice.token });
    const replies = await Promise.all([bank, replica, bank, replica].map((one) => ask(id, one)));
    t.deepEqual(replies.map(({ status }) => status).toSorted(), [201, 409, 409, 409]);
    for (const { status, body } of replies) if (status === 409) t.is(body.code, 'already_requested');
    t.is((await ask(id)).body.code, 'already_requested', 'also later');
    t.is((await ask(another)).status, 201, 'another account’s can be requested meanwhile');

    const first = replies.find(({ status }) => status === 201)?.body.id;
    await bank.client.post(`/api/operations/${first}/cancel`, undefined, { token: alice.token });
    const again = await ask(id);
    t.is(again.status, 201, 'after the first was cancelled');
    t.is((await bank.approve(agent, again.body.id)).body.status, 'posted');
    const account = await bank.client.get(`/api/accounts/${id}`, { token: alice.token });
    t.is(account.body.status, posted);
    t.is((await ask(id)).body.code, next);
    await replica.close();
  });
}

test('renewing a RIB retires the old one forever', async (t) => {
  const bank = t.context.test;
  const { agent, alice, bob } = await people(bank);
  const [from, to] = [await bank.account(alice, agent, 1_000), await bank.account(bob, agent)];
  const before = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body.iban;
  const pay = () =>
    bank.client.post(
      '/api/operations',
      { type: 'external_transfer', from_account_id: from, to: { name: 'Bob', iban: before }, amount: 10 },
      { token: alice.token },
    );
  const waiting = await pay();
  const renewal = await bank.client.post(`/api/accounts/${to}/rib`, undefined, { token: bob.token });
  await bank.approve(agent, renewal.body.id);
  const after = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body.iban;
  t.not(after, before);
  t.like(await pay(), { status: 409, body: { code: 'retired_rib' } });
  t.is((await bank.approve(agent, waiting.body.id)).body.code, 'retired_rib');
});

test('transfers to an unknown account, to the same account, between accounts of other users and between currencies are refused', async (t) => {
  const bank = t.context.test;
  const { agent, alice, bob } = await people(bank);
  const [mine, theirs] = [await bank.account(alice, agent, 1_000), await bank.account(bob, agent)];
  const ask = (body: object) =>
    bank.client.post(
      '/api/operations',
      { amount: 10, from_account_id: mine, ...body },
      { token: alice.token },
    );
  const { body: account } = await bank.client.get(`/api/accounts/${mine}`, { token: alice.token });
  const unknown = account.iban.slice(4, 14) === '3009900001' ? 'FR' : '';
  t.is(unknown, 'FR');
  t.is((await ask({ type: 'internal_transfer', to_account_id: mine })).body.code, 'same_account');
  t.is((await ask({ type: 'internal_transfer', to_account_id: theirs })).body.code, 'not_your_account_pair');
  t.is(
    (await ask({ type: 'external_transfer', to: { name: 'Me', iban: account.iban } })).body.code,
    'same_account',
  );
  t.like(await ask({ type: 'external_transfer', to: { name: 'X', rib: '30099000010000000000168' } }), {
    status: 422,
  });
  const dollars = await bank.client.post(
    '/api/accounts',
    { name: 'USD', type: 'current', currency: 'USD' },
    { token: alice.token },
  );
  await bank.approve(agent, dollars.body.id);
  t.is(
    (await ask({ type: 'internal_transfer', to_account_id: dollars.body.account_id })).body.code,
    'currency_mismatch',
  );
});

test('money to another bank goes to the clearing account', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const from = await bank.account(alice, agent, 1_000);
  const asked = await bank.client.post(
    '/api/virement',
    { compte_source: from, iban: 'DE89370400440532013000', montant: 400 },
    { token: alice.token },
  );
  t.like(asked.body, { type: 'external_transfer', to: { name: null, iban: 'DE89370400440532013000' } });
  await bank.approve(agent, asked.body.id);
  t.like(await bank.deps.db('transfers').where('id', uuidBytes(asked.body.id)).first(), {
    amount: 400n,
    credit_account_id: houseAccount.clearing('EUR'),
    credit_number: 0n,
  });
});

test('an overdraft can be used, and cannot be removed while it is used', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const id = await bank.account(alice, agent);
  const set = (amount: number) =>
    bank.client.put(`/api/accounts/${id}/overdraft`, { amount }, { token: agent.token });
  t.like((await set(5_000)).body, { overdraft: 5_000, available: 5_000 });
  const { body } = await bank.client.post(
    '/api/operations',
    { type: 'withdrawal', account_id: id, amount: 3_000 },
    { token: alice.token },
  );
  await bank.approve(agent, body.id);
  t.is((await set(2_999)).body.code, 'overdraft_in_use');
  t.is((await set(3_000)).body.available, 0);
  t.is(
    (await bank.client.post(`/api/accounts/${id}/close`, undefined, { token: alice.token })).body.code,
    'account_not_empty',
  );
});

test('limits apply per operation and per day, and those of the account override the bank’s', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const id = await bank.account(alice, agent, 200_000);
  const take = (amount: number) =>
    bank.client.post(
      '/api/operations',
      { type: 'withdrawal', account_id: id, amount },
      { token: alice.token },
    );
  t.is((await take(50_001)).body.code, 'limit_exceeded');
  const limits = await bank.client.put(
    `/api/accounts/${id}/limits`,
    { operation: 60_000, day: 100_000 },
    { token: agent.token },
  );
  t.deepEqual(limits.body.limits, { operation: 60_000, day: 100_000 });
  t.is((await take(60_000)).status, 201);
  t.is((await take(40_001)).body.code, 'limit_exceeded');
  t.is((await take(40_000)).status, 201);
  t.is((await take(1)).body.code, 'limit_exceeded');
});

test('history can be filtered, its pages neither miss nor repeat entries, and the balance is known for any time', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const id = await bank.account(alice, agent);
  for (let i = 1; i <= 7; i += 1) {
    const { body } = await bank.client.post(
      '/api/operations',
      { type: 'deposit', account_id: id, amount: i * 100, reference: `Pay ${i}` },
      { token: alice.token },
    );
    await bank.approve(agent, body.id);
  }
  const get = async (query: string) =>
    (await bank.client.get(`/api/accounts/${id}/transactions?${query}`, { token: alice.token })).body;
  const seen: number[] = [];
  let cursor = '';
  do {
    const page = await get(`limit=3${cursor}`);
    seen.push(...page.items.map((one: { amount: number }) => one.amount));
    cursor = page.next === null ? '' : `&cursor=${page.next}`;
  } while (cursor !== '');
  t.deepEqual(seen, [700, 600, 500, 400, 300, 200, 100]);
  t.is((await get('q=pay%203')).items.length, 1);
  t.is((await get('min_amount=200&max_amount=400')).items.length, 3);
  t.is((await get('direction=debit')).items.length, 0);
  t.is((await get('type=DEPOT')).items.length, 7);
  t.is((await get('to=2026-10-14')).items.length, 0);
  t.is((await get('from=2026-10-15&to=2026-10-15')).items.length, 7);
  const balance = async (at: string) =>
    (await bank.client.get(`/api/accounts/${id}/balance${at}`, { token: alice.token })).body.balance;
  t.is(await balance(''), 2_800);
  t.is(await balance('?at=2026-10-14'), 0);
});

test('a monthly statement opens with the previous balance and closes with the last one', async (t) => {
  const bank = await openTestBank();
  const { agent, alice } = await people(bank);
  const id = await bank.account(alice, agent, 1_000);
  bank.time.now = new Date('2026-11-02T09:00:00.000Z');
  const { body } = await bank.client.post(
    '/api/operations',
    { type: 'withdrawal', account_id: id, amount: 300, reference: '=SUM(A1)' },
    { token: alice.token },
  );
  await bank.approve(agent, body.id);
  const november = await bank.client.get(`/api/accounts/${id}/statement`, { token: alice.token });
  t.like(november.body, { month: '2026-11', opening_balance: 1_000, closing_balance: 700 });
  const october = await bank.client.get(`/api/accounts/${id}/statement?month=2026-10`, {
    token: alice.token,
  });
  t.like(october.body, { opening_balance: 0, closing_balance: 1_000 });
  const csv = await bank.client.get(`/api/accounts/${id}/statement?format=csv`, { token: alice.token });
  const [header, line] = csv.text.replace('\ufeff', '').split('\r\n');
  t.regex(String(header), /^posted_at,type,amount,currency,balance_after/);
  t.true(line?.startsWith('2026-11-02T09:00:00.000Z,withdrawal,-3.00,EUR,7.00,'), csv.text);
  t.true(line?.includes(",'=SUM(A1),"), csv.text);
  const bytes = await fetch(`${bank.client.origin}/api/accounts/${id}/statement?format=csv`, {
    headers: { authorization: `Bearer ${alice.token}` },
  });
  t.deepEqual(
    [...new Uint8Array(await bytes.arrayBuffer()).slice(0, 3)],
    [0xef, 0xbb, 0xbf],
    'Excel reads UTF-8',
  );
  await bank.close();
});

test('leaving the bank closes a member’s empty accounts, and is refused while there is money or a pending request', async (t) => {
  const bank = t.context.test;
  const { agent, alice, bob } = await people(bank);
  const id = await bank.account(alice, agent, 100);
  const leave = (person: { id: string }, peer = 'auth') =>
    bank.client.post(`/internal/people/${person.id}/leave`, undefined, { headers: { 'x-test-peer': peer } });
  t.is((await leave(alice, 'mailer')).status, 404);
  t.like(await leave(alice), { status: 409, body: { code: 'user_has_accounts' } });
  const { body } = await bank.client.post(
    '/api/operations',
    { type: 'withdrawal', account_id: id, amount: 100 },
    { token: alice.token },
  );
  t.is((await leave(alice)).status, 409);
  await bank.approve(agent, body.id);
  t.is((await leave(alice)).status, 204);
  t.is((await bank.client.get(`/api/accounts/${id}`, { token: agent.token })).body.status, 'closed');
  const late = await bank.client.post(
    '/api/accounts',
    { name: 'Late', type: 'current' },
    { token: alice.token },
  );
  t.is(late.status, 401);
  t.is((await leave(bob)).status, 204);
});

test('without an active agent nothing can be requested', async (t) => {
  const bank = await openTestBank();
  const alice = await bank.person('member');
  const reply = await bank.client.post(
    '/api/accounts',
    { name: 'A', type: 'current' },
    { token: alice.token },
  );
  t.like(reply, { status: 409, body: { code: 'no_active_agent' } });
  await bank.close();
});

test('the payee’s name is compared with the holder’s before money is sent', async (t) => {
  const bank = t.context.test;
  const { agent, alice } = await people(bank);
  const zoe = await bank.person('member', 'Zoé Lefèvre');
  const { iban } = (
    await bank.client.get(`/api/accounts/${await bank.account(zoe, agent)}`, { token: zoe.token })
  ).body;
  const verify = async (name: string, number: object = { iban }) =>
    (await bank.client.post('/api/payees/verify', { name, ...number }, { token: alice.token })).body;
  t.deepEqual(await verify('LEFEVRE Zoe'), { result: 'match', suggestion: null });
  t.deepEqual(await verify('Z. Lefevre'), { result: 'close_match', suggestion: 'Zoé Lefèvre' });
  t.deepEqual(await verify('Paul Durand'), { result: 'no_match', suggestion: null });
  t.deepEqual(await verify('Anyone', { iban: 'DE89370400440532013000' }), {
    result: 'not_possible',
    suggestion: null,
  });
});

test('a payee is saved once per account number, and only its owner can remove it', async (t) => {
  const bank = t.context.test;
  const { alice, bob } = await people(bank);
  const save = (name: string) =>
    bank.client.post('/api/beneficiaries', { name, iban: 'DE89370400440532013000' }, { token: alice.token });
  const first = await save('Hans');
  const second = await save('Hans Müller');
  t.is(first.body.id, second.body.id);
  t.is(second.body.name, 'Hans Müller');
  t.is((await bank.client.get('/api/beneficiaries', { token: alice.token })).body.items.length, 1);
  t.is(
    (await bank.client.delete(`/api/beneficiaries/${first.body.id}`, undefined, { token: bob.token })).status,
    404,
  );
  t.is(
    (await bank.client.delete(`/api/beneficiaries/${first.body.id}`, undefined, { token: alice.token }))
      .status,
    204,
  );
});

test('an account that is renamed is logged with both names, once', async (t) => {
  const bank = t.context.test;
  const [alice, agent] = [await bank.person('member'), await bank.person('agent')];
  const id = await bank.account(alice, agent);
  const rename = (name: string) => bank.client.patch(`/api/accounts/${id}`, { name }, { token: alice.token });
  t.is((await rename('Holidays')).body.name, 'Holidays');
  t.is((await rename('Holidays')).status, 200);
  const rows = await bank.deps.db('outbox').where('payload', 'like', '%ACCOUNT_RENAMED%').select('payload');
  const own = rows.map(({ payload }) => JSON.parse(payload)).filter(({ subject }) => subject.id === id);
  t.is(own.length, 1);
  t.like(own[0], {
    actor: { id: alice.id },
    concerns: [alice.id],
    data: { account_id: id, name: 'Holidays', name_before: 'Everyday' },
  });
});
