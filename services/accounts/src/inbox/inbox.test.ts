import { uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';

interface Context {
  bank: TestBank;
  ann: TestPerson;
  ben: TestPerson;
  alice: TestPerson;
  bob: TestPerson;
  from: string;
  to: string;
  iban: string;
}
const test = anyTest.serial as TestFn<Context>;

test.beforeEach(async (t) => {
  const bank = await openTestBank({ secondAgentAboveMinor: 10_000n });
  const [ann, ben] = [await bank.person('agent'), await bank.person('agent')];
  const [alice, bob] = [
    await bank.person('member', 'Alice Martin'),
    await bank.person('member', 'Bob Petit'),
  ];
  const helper = await bank.person('agent');
  const from = await bank.account(alice, helper, 9_000);
  const to = await bank.account(bob, helper);
  const { iban } = (await bank.client.get(`/api/accounts/${to}`, { token: bob.token })).body;
  t.context = { bank, ann, ben, alice, bob, from, to, iban };
});
test.afterEach.always((t) => t.context.bank.close());

async function post({ bank }: Context, by: TestPerson, body: object): Promise<string> {
  const { status, body: made, text } = await bank.client.post('/api/operations', body, { token: by.token });
  if (status !== 201) throw new Error(text);
  return made.id;
}
const pay = (context: Context, amount: number, more: object = {}) =>
  post(context, context.alice, {
    type: 'external_transfer',
    from_account_id: context.from,
    to: { name: 'Bob Petit', iban: context.iban },
    amount,
    ...more,
  });
const deposit = (context: Context, amount: number, more: object = {}) =>
  post(context, context.alice, { type: 'deposit', account_id: context.from, amount, ...more });

async function inbox({ bank }: Context, by: TestPerson, query = '') {
  const { status, body, text } = await bank.client.get(`/api/inbox?${query}`, { token: by.token });
  if (status !== 200) throw new Error(text);
  return body;
}
const idsIn = ({ items }: { items: { operation: { id: string } }[] }) =>
  items.map(({ operation }) => operation.id);
const factsOf = async ({ bank }: Context, by: TestPerson, id: string) =>
  (await bank.client.get(`/api/operations/${id}/review-facts`, { token: by.token })).body;

test('the facts name the customer and the holder, and say how the payee’s name compared', async (t) => {
  const { ann, alice, from } = t.context;
  const id = await pay(t.context, 1_000, { to: { name: 'B. Petit', iban: t.context.iban } });
  t.like(await factsOf(t.context, ann, id), {
    operation_id: id,
    can_decide: true,
    customer: { id: alice.id, username: alice.username, verified_name: 'Alice Martin' },
    account: { id: from, name: 'Everyday', currency: 'EUR', available_before: 9_000, available_after: 8_000 },
    payee: { verified_name: 'Bob Petit', is_ours: true, is_first_payment: true, check: 'close_match' },
    second_agent: null,
  });
  const abroad = await pay(t.context, 1, { to: { name: 'X', iban: 'DE89370400440532013000' } });
  t.deepEqual((await factsOf(t.context, ann, abroad)).payee, {
    verified_name: null,
    is_ours: false,
    is_first_payment: true,
    check: 'not_possible',
  });
});

test('the facts of a transfer between own accounts name the account that receives it', async (t) => {
  const { bank, ann, ben, alice, from } = t.context;
  const to = await bank.account(alice, ben, 0);
  const id = await post(t.context, alice, {
    type: 'internal_transfer',
    from_account_id: from,
    to_account_id: to,
    amount: 100,
  });
  const { receiving_account, payee } = await factsOf(t.context, ann, id);
  t.is(receiving_account.id, to);
  t.is(payee, null);
  t.is((await factsOf(t.context, ann, await pay(t.context, 1))).receiving_account, null);
});

test('only a posted transfer to the same IBAN makes the next one no first payment', async (t) => {
  const { bank, ann, ben } = t.context;
  const rejected = await pay(t.context, 1);
  const reason = { reason: 'No' };
  await bank.client.post(`/api/operations/${rejected}/reject`, reason, { token: ann.token });
  const first = await pay(t.context, 2);
  t.true((await factsOf(t.context, ann, first)).payee.is_first_payment);
  await bank.approve(ann, first);
  t.true((await factsOf(t.context, ann, first)).payee.is_first_payment, 'it still was the first');
  const second = await pay(t.context, 3);
  t.false((await factsOf(t.context, ann, second)).payee.is_first_payment);
  const carol = await bank.person('member');
  const account = await bank.account(carol, ben, 100);
  const hers = await pay({ ...t.context, alice: carol, from: account }, 1);
  t.true((await factsOf(t.context, ann, hers)).payee.is_first_payment, 'of another customer');
});

test('available before and after: a credit raises it, a debit has reserved it, and nothing is shown once it is decided', async (t) => {
  const { bank, ann, from } = t.context;
  const credit = await deposit(t.context, 500);
  const debit = await pay(t.context, 2_000);
  t.like((await factsOf(t.context, ann, credit)).account, {
    available_before: 7_000,
    available_after: 7_500,
  });
  t.like((await factsOf(t.context, ann, debit)).account, { available_before: 9_000, available_after: 7_000 });
  await bank.approve(ann, debit);
  t.like((await factsOf(t.context, ann, debit)).account, { available_before: null, available_after: null });
  const overdraft = await bank.client.put(
    `/api/accounts/${from}/overdraft`,
    { amount: 20_000 },
    { token: ann.token },
  );
  t.like((await factsOf(t.context, t.context.ben, overdraft.body.id)).account, {
    available_before: 7_000,
    available_after: 27_000,
  });
});

test('other requests of the customer are counted in the bank’s day, without those that ended unposted', async (t) => {
  const { bank, ann, alice } = t.context;
  bank.time.now = new Date('2026-10-16T21:30:00.000Z');
  await pay(t.context, 100);
  bank.time.now = new Date('2026-10-16T22:30:00.000Z');
  const [one, two, cancelled] = [
    await pay(t.context, 10),
    await deposit(t.context, 20),
    await pay(t.context, 40),
  ];
  await bank.client.post(`/api/operations/${cancelled}/cancel`, undefined, { token: alice.token });
  t.deepEqual((await factsOf(t.context, ann, one)).others_today, {
    count: 1,
    sums: [{ currency: 'EUR', amount: 20 }],
  });
  await bank.approve(ann, two);
  t.is((await factsOf(t.context, ann, one)).others_today.count, 1, 'a posted one counts');
  t.is((await factsOf(t.context, ann, cancelled)).others_today.count, 2);
  const opening = { name: 'Savings', type: 'savings' };
  t.is((await bank.client.post('/api/accounts', opening, { token: alice.token })).status, 201);
  t.deepEqual((await factsOf(t.context, ann, two)).others_today, {
    count: 2,
    sums: [{ currency: 'EUR', amount: 10 }],
  });
});

test('why two agents are needed: the amount, what one agent approved today, or that an agent requested it', async (t) => {
  const { bank, ann, ben, from } = t.context;
  const large = await deposit(t.context, 10_001);
  t.deepEqual((await factsOf(t.context, ann, large)).second_agent, {
    reason: 'above_threshold',
    threshold: 10_000,
    approved_today: 0,
  });
  const [first, second] = [await deposit(t.context, 6_000), await deposit(t.context, 5_000)];
  t.is((await factsOf(t.context, ann, second)).second_agent, null);
  await bank.approve(ann, first);
  t.deepEqual((await factsOf(t.context, ann, second)).second_agent, {
    reason: 'approvals_today',
    threshold: 10_000,
    approved_today: 6_000,
  });
  t.is((await factsOf(t.context, ben, second)).second_agent, null, 'another agent has another sum');
  await bank.approve(ann, second);
  t.like((await factsOf(t.context, ben, second)).second_agent, { reason: 'approvals_today' });
  const { transfer_id } = (await bank.client.get(`/api/operations/${first}`, { token: ann.token })).body;
  const reversal = await post(t.context, ann, { type: 'reversal', transfer_id, reason: 'By mistake' });
  t.like((await factsOf(t.context, ben, reversal)).second_agent, { reason: 'kind' });
  t.like(await factsOf(t.context, ann, reversal), { can_decide: false, account: { id: from } });
});

test('each waiting operation is in one of the tabs of each agent, and the counts agree', async (t) => {
  const { bank, ann, ben } = t.context;
  const small = await deposit(t.context, 1);
  const large = await deposit(t.context, 10_001);
  await bank.approve(ann, large);
  const posted = await deposit(t.context, 5);
  await bank.approve(ben, posted);
  const { transfer_id } = (await bank.client.get(`/api/operations/${posted}`, { token: ann.token })).body;
  const reversal = await post(t.context, ann, { type: 'reversal', transfer_id, reason: 'By mistake' });
  const tabs = async (by: TestPerson) => ({
    mine: idsIn(await inbox(t.context, by, 'tab=mine')),
    second: idsIn(await inbox(t.context, by, 'tab=second_agent')),
    counts: (await bank.client.get('/api/inbox/counts', { token: by.token })).body,
  });
  t.deepEqual(await tabs(ann), {
    mine: [small],
    second: [large, reversal],
    counts: { mine: 1, second_agent: 2 },
  });
  t.deepEqual(await tabs(ben), {
    mine: [small, large, reversal],
    second: [],
    counts: { mine: 3, second_agent: 0 },
  });
  t.is((await inbox(t.context, ann)).total, 3);
});

test('it is filtered by type, amount, currency and age, and the total and sums are of all that is let through', async (t) => {
  const { bank, ann, alice } = t.context;
  const [a, b] = [await deposit(t.context, 100), await pay(t.context, 300)];
  bank.time.now = new Date('2026-10-18T10:00:00.000Z');
  const c = await deposit(t.context, 900);
  const opening = await bank.client.post(
    '/api/accounts',
    { name: 'Yen', type: 'current', currency: 'JPY' },
    { token: alice.token },
  );
  const d: string = opening.body.id;
  t.deepEqual(idsIn(await inbox(t.context, ann, 'type=deposit')), [a, c]);
  t.deepEqual(idsIn(await inbox(t.context, ann, 'min_amount=200&max_amount=300')), [b]);
  t.deepEqual(idsIn(await inbox(t.context, ann, 'currency=JPY')), [d]);
  t.deepEqual(idsIn(await inbox(t.context, ann, 'to=2026-10-17')), [a, b]);
  t.deepEqual(idsIn(await inbox(t.context, ann, 'from=2026-10-17T00:00:00Z')), [c, d]);
  const page = await inbox(t.context, ann, 'limit=1');
  t.is(page.total, 4);
  t.deepEqual(page.sums, [{ currency: 'EUR', amount: 1_300 }]);
});

test('it is searched by names, usernames, IBAN and reference', async (t) => {
  const { ann, alice, bob, iban } = t.context;
  const id = await pay(t.context, 1, { to: { name: 'Robert', iban }, reference: 'Facture 42' });
  await deposit(t.context, 7);
  const find = async (q: string) => idsIn(await inbox(t.context, ann, `q=${encodeURIComponent(q)}`));
  for (const q of ['robert', 'facture 42', 'Bob Petit', 'pétit', bob.username, iban, iban.slice(0, 20)]) {
    t.deepEqual(await find(q), [id], q);
  }
  t.is((await find('alice martin')).length, 2);
  t.is((await find(alice.username)).length, 2);
  t.deepEqual(await find('%'), []);
  t.is((await inbox(t.context, ann, 'q=facture')).total, 1);
});

test('every order has pages without gaps, also after an operation that was decided meanwhile', async (t) => {
  const { bank, ann, ben } = t.context;
  const ids: string[] = [];
  for (const amount of [300, 100, 500, 100, 400]) ids.push(await deposit(t.context, amount));
  await bank.approve(ben, await deposit(t.context, 1));
  const [a = '', b = '', c = '', d = '', e = ''] = ids;
  const orders = { oldest: [a, b, c, d, e], newest: [e, d, c, b, a], largest: [c, e, a, b, d] };
  for (const [order, expected] of Object.entries(orders)) {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await inbox(t.context, ann, `order=${order}&limit=2${cursor}`);
      seen.push(...idsIn(page));
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    t.deepEqual(seen, expected, order);
  }
  await bank.approve(ben, a);
  for (const [order, next] of [
    ['oldest', b],
    ['newest', null],
    ['largest', b],
  ] as const) {
    const page = await inbox(t.context, ann, `order=${order}&limit=1&after=${a}`);
    t.is(idsIn(page)[0] ?? null, next, order);
  }
});

test('no number of large requests closes the inbox', async (t) => {
  const { bank, ann } = t.context;
  const ids = [await deposit(t.context, 1_000), await deposit(t.context, 1_000)];
  // As if a member had requested ten thousand deposits of the largest amount.
  await bank.owner('operations').whereIn('id', ids.map(uuidBytes)).update({ amount: '9007199254730000' });
  t.deepEqual((await inbox(t.context, ann)).sums, [{ currency: 'EUR', amount: Number.MAX_SAFE_INTEGER }]);
});

test('a token that may decide but not read accounts sees no facts', async (t) => {
  const { bank, ann } = t.context;
  const id = await deposit(t.context, 1);
  const narrow = bank.token('agent', ann, ['operations:decide']);
  for (const path of ['/api/inbox', `/api/operations/${id}/review-facts`]) {
    const { body, status } = await bank.client.get(path, { token: narrow });
    t.deepEqual([status, body.code], [403, 'insufficient_scope'], path);
  }
  t.is((await bank.client.get('/api/inbox/counts', { token: narrow })).status, 200);
});

test('operations are listed by ids, amounts and text; members find only their own, and no holder’s name', async (t) => {
  const { bank, ann, alice, bob, iban } = t.context;
  const id = await pay(t.context, 111, { to: { name: 'Noël Caron', iban }, reference: 'Rent' });
  const other = await deposit(t.context, 222);
  const list = async (query: string, by = alice) => {
    const { status, body, text } = await bank.client.get(`/api/operations?${query}`, { token: by.token });
    t.is(status, 200, text);
    return body.items.map((one: { id: string }) => one.id);
  };
  t.deepEqual(await list(`ids=${id},${other}`), [other, id]);
  t.deepEqual(await list(`ids=${id},${other}`, ann), [other, id]);
  t.deepEqual(await list(`ids=${id}`, bob), [], 'of another member');
  t.deepEqual(await list('min_amount=111&max_amount=111'), [id]);
  t.deepEqual(await list('q=rent'), [id]);
  t.deepEqual(await list('q=noel'), [id]);
  t.deepEqual(await list('q=petit'), [], 'the holder’s name would be revealed');
  t.true((await list('q=petit', ann)).includes(id));
  const refused = await bank.client.get('/api/operations?ids=x', { token: ann.token });
  t.is(refused.status, 400);
});
