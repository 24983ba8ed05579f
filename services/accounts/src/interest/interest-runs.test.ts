import { firstDayAfterMonth } from '@guichet/calendar';
import { uuidBytes } from '@guichet/database';
import { eventually } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { houseAccount } from '../accounts/account.ts';
import { openTestBank, type TEST_RULES, type TestBank, type TestPerson } from '../fixtures.ts';
import { reconcile } from '../reconciliation/reconcile.ts';
import { accrueInterest } from './accrue-interest.ts';
import { postLines } from './post-lines.ts';

interface Situation {
  bank: TestBank;
  root: TestPerson;
  agent: TestPerson;
  other: TestPerson;
  alice: TestPerson;
}
const test = anyTest as TestFn<Situation>;

/** A bank on 1 October 2026 whose savings earn 3.65 % (100 a day on 1,000,000), and whose current accounts cost 7.30 % below zero and 200 a month. */
async function open(rules: Partial<typeof TEST_RULES> = {}): Promise<Situation> {
  const bank = await openTestBank(rules);
  bank.time.now = new Date('2026-10-01T08:00:00.000Z');
  await accrueInterest(bank.deps);
  const [root, agent, other, alice] = [
    await bank.person('superuser'),
    await bank.person('agent'),
    await bank.person('agent'),
    await bank.person('member', 'Alice Martin'),
  ];
  const common = { valid_from: '2026-10-01' };
  const put = (code: string, body: object) =>
    bank.client.put(`/api/products/${code}`, { ...body, ...common }, { token: root.token });
  await put('savings', {
    name: 'Savings',
    type: 'savings',
    interest_rate: 365,
    overdraft_rate: 0,
    monthly_fee: 0,
  });
  await put('current', {
    name: 'Current',
    type: 'current',
    interest_rate: 0,
    overdraft_rate: 730,
    monthly_fee: 200,
  });
  return { bank, root, agent, other, alice };
}

async function savings({ bank, agent, alice }: Situation, balance: number, owner = alice): Promise<string> {
  const { body } = await bank.client.post(
    '/api/accounts',
    { name: 'S', type: 'savings' },
    { token: owner.token },
  );
  await bank.approve(agent, body.id);
  await deposit({ bank, agent }, owner, body.account_id, balance);
  return body.account_id;
}

async function deposit(
  { bank, agent }: Pick<Situation, 'bank' | 'agent'>,
  owner: TestPerson,
  account_id: string,
  amount: number,
) {
  const { body } = await bank.client.post(
    '/api/operations',
    { type: 'deposit', account_id, amount },
    { token: owner.token },
  );
  await bank.approve(agent, body.id);
}

/** The morning after a month. */
async function endMonth({ bank }: Situation, month: string): Promise<void> {
  bank.time.now = new Date(`${firstDayAfterMonth(month)}T08:00:00.000Z`);
  await accrueInterest(bank.deps);
}

const request = ({ bank, agent }: Situation, month: string, by = agent, headers = {}) =>
  bank.client.post('/api/interest-runs', { month }, { token: by.token, headers });

async function account({ bank, agent }: Situation, id: string) {
  return (await bank.client.get(`/api/accounts/${id}`, { token: agent.token })).body;
}

async function linesOf({ bank, agent }: Situation, id: string) {
  return (await bank.client.get(`/api/interest-runs/${id}/lines`, { token: agent.token })).body.items;
}

/** What the bank's own account paid, by the ledger. */
async function paidBy({ bank }: Situation, house: string): Promise<bigint> {
  const [row] = await bank.deps
    .db('transfers')
    .select(
      bank.deps.db.raw(
        'SUM(IF(debit_account_id = ?, amount, IF(credit_account_id = ?, -amount, 0))) AS paid',
        [uuidBytes(house), uuidBytes(house)],
      ),
    );
  return BigInt(row?.paid ?? 0);
}

test('a run pays the interest of a month and takes overdraft interest and fees, each by an operation of its own', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, agent, other, alice } = now;
  const saved = await savings(now, 1_000_000);
  const used = await bank.account(alice, agent, 10_000);
  await endMonth(now, '2026-10');
  t.is((await account(now, saved)).accrued_interest, 3_100);
  const hook = { url: 'https://example.org/hook', events: ['account.credited', 'account.debited'] };
  t.is((await bank.client.post('/api/webhooks', hook, { token: alice.token })).status, 201);

  const { body: run } = await request(now, '2026-10');
  t.like(run, { type: 'interest_run', status: 'pending', amount: 3_300, reference: '2026-10' });
  t.deepEqual(run.interest_run, {
    month: '2026-10',
    state: 'requested',
    count: 2,
    interest: 3_100,
    overdraft_interest: 0,
    fees: 200,
  });
  const frozen = await linesOf(now, run.id);
  t.deepEqual(
    frozen.map(({ type, amount, status }: Record<string, unknown>) => [type, amount, status]).sort(),
    [
      ['fee', 200, 'pending'],
      ['interest', 3_100, 'pending'],
    ],
  );
  t.is((await bank.approve(agent, run.id)).body.code, 'not_your_own_request');
  t.is((await bank.approve(other, run.id)).body.status, 'posted');

  const told = await bank.deps.db('webhook_deliveries').select('type').orderBy('type');
  t.deepEqual(
    told.map(({ type }) => type),
    ['account.credited', 'account.debited'],
  );
  t.like(await account(now, saved), { balance: 1_003_100, accrued_interest: 0 });
  t.like(await account(now, used), { balance: 9_800 });
  const { body: shown } = await bank.client.get(`/api/operations/${run.id}`, { token: agent.token });
  t.is(shown.interest_run.state, 'posted');
  const history = await bank.client.get(`/api/accounts/${saved}/transactions?type=interest`, {
    token: alice.token,
  });
  t.like(history.body.items[0], {
    type: 'interest',
    amount: 3_100,
    reference: '2026-10',
    counterparty: null,
  });
  const { body: line } = await bank.client.get(`/api/operations/${history.body.items[0].operation_id}`, {
    token: agent.token,
  });
  t.like(line, { type: 'interest', status: 'posted', required_approvals: 0, interest_run_id: run.id });
  t.is(await paidBy(now, houseAccount.interest('EUR')), 3_100n);
  t.is(await paidBy(now, houseAccount.fees('EUR')), -200n);
  const csv = await bank.client.get(`/api/interest-runs/${run.id}/lines?format=csv`, { token: agent.token });
  t.regex(csv.text, /Alice Martin,FR\d+,interest,31\.00,EUR,posted/);
  const statement = await bank.client.get(`/api/accounts/${saved}/statement?month=2026-11&format=camt053`, {
    token: alice.token,
  });
  t.regex(statement.text, /<Domn><Cd>ACMT<\/Cd><Fmly><Cd>MCOP<\/Cd><SubFmlyCd>INTR<\/SubFmlyCd>/);
  t.true((await reconcile(bank.deps.db, bank.time.now)).ok);
});

test('reconciliation finds a line, a settled sum and an operation that don’t agree with the ledger', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, other } = now;
  const id = await savings(now, 1_000_000);
  await endMonth(now, '2026-10');
  const { body: run } = await request(now, '2026-10');
  await bank.approve(other, run.id);
  const broken = async () =>
    (await reconcile(bank.deps.db, bank.time.now)).checks.filter(({ ok }) => !ok).map(({ name }) => name);
  t.deepEqual(await broken(), []);
  const { owner } = bank;
  const damages: [table: string, column: string, value: unknown][] = [
    ['interest_lines', 'amount', 3_101],
    ['interest_lines', 'status', 'skipped'],
    ['accruals', 'paid', 3_099],
  ];
  for (const [table, column, value] of damages) {
    const at = { account_id: uuidBytes(id) };
    const [row] = await owner(table).where(at).select(column);
    await owner(table)
      .where(at)
      .update({ [column]: value });
    t.deepEqual(await broken(), ['interest_equals_lines_of_runs'], `${table}.${column}`);
    await owner(table)
      .where(at)
      .update({ [column]: row[column] });
  }
  await owner('interest_lines').delete();
  t.deepEqual(await broken(), ['interest_equals_lines_of_runs']);
});

test('a month is paid once, only when it’s over, and a later run has what an earlier one left', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, agent, other, alice } = now;
  const id = await savings(now, 500_025);
  await endMonth(now, '2026-10');
  t.is((await request(now, '2026-11')).body.code, 'month_not_over');
  t.is((await request(now, '2099-01')).body.code, 'month_not_over');
  t.is((await request(now, '2025-01')).body.code, 'nothing_to_capitalize');
  t.is((await request(now, 'x')).status, 400);
  t.is((await request(now, '2026-10', alice)).status, 403);
  t.is(
    (
      await bank.client.post(
        '/api/interest-runs',
        { month: '2026-10', currency: 'USD' },
        { token: agent.token },
      )
    ).body.code,
    'nothing_to_capitalize',
  );
  const replica = await bank.replica();
  t.teardown(() => replica.close());
  const both = await Promise.all(
    [bank, replica, bank, replica].map(({ client }) =>
      client.post('/api/interest-runs', { month: '2026-10' }, { token: agent.token }),
    ),
  );
  t.deepEqual(both.map(({ status }) => status).toSorted(), [201, 409, 409, 409]);
  const first = both.find(({ status }) => status === 201)?.body.id;
  await bank.client.post(`/api/operations/${first}/reject`, { reason: 'Wrong rate' }, { token: other.token });
  t.deepEqual(
    (await linesOf(now, first)).map(({ status }: { status: string }) => status),
    ['rejected'],
  );
  const { body: again } = await request(now, '2026-10', agent, { 'idempotency-key': 'k' });
  t.is(
    (await request(now, '2026-10', agent, { 'idempotency-key': 'k' })).body.id,
    again.id,
    'a double click',
  );
  const approvals = await Promise.all([bank.approve(other, again.id), bank.approve(other, again.id)]);
  t.deepEqual(approvals.map(({ status }) => status).toSorted(), [200, 409]);
  // 31 days × 50.0025 = 1,550.0775
  t.is((await account(now, id)).balance, 501_575);
  t.is((await request(now, '2026-10')).body.code, 'already_capitalized');
  t.is((await request(now, '2026-09')).body.code, 'already_capitalized');
  await endMonth(now, '2026-12');
  const { body: later } = await request(now, '2026-12');
  await bank.approve(other, later.id);
  const whole = 500_025n * 365n * 31n + 501_575n * 365n * 61n;
  const paid = BigInt((await account(now, id)).balance) - 500_025n;
  t.is(paid, whole / 3_650_000n, 'over both runs, with the remainder of the first');
  t.is((await request(now, '2026-11')).body.code, 'already_capitalized');
});

test('a rate that changes, an account that closes and one that can’t pay while a run waits: lines stay, and nothing is lost', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, root, agent, other, alice } = now;
  const bob = await bank.person('member', 'Bob Petit');
  const [kept, left] = [await savings(now, 400_000), await savings(now, 200_000)];
  const alone = await savings(now, 300_000, bob);
  await endMonth(now, '2026-10');
  const { body: run } = await request(now, '2026-10');
  await bank.client.put(
    '/api/products/savings',
    {
      name: 'Savings',
      type: 'savings',
      interest_rate: 0,
      overdraft_rate: 0,
      monthly_fee: 0,
      valid_from: '2026-11-01',
    },
    { token: root.token },
  );
  const empty = async (owner: TestPerson, id: string, amount: number) => {
    const { body } = await bank.client.post(
      '/api/operations',
      { type: 'withdrawal', account_id: id, amount },
      { token: owner.token },
    );
    await bank.approve(agent, body.id);
    const closing = await bank.client.post(`/api/accounts/${id}/close`, undefined, { token: owner.token });
    await bank.approve(agent, closing.body.id);
    t.is((await account(now, id)).status, 'closed');
  };
  await empty(alice, left, 200_000);
  await empty(bob, alone, 300_000);
  await bank.approve(other, run.id);
  t.is(
    (await account(now, kept)).balance,
    400_000 + 1_240 + 620,
    'the closed account’s interest goes to another one of its owner',
  );
  const skipped = (await linesOf(now, run.id)).filter(
    ({ status }: { status: string }) => status === 'skipped',
  );
  t.deepEqual(
    skipped.map(({ reason }: { reason: string }) => reason),
    ['account_not_open'],
  );
  t.is((await account(now, alone)).accrued_interest, 930, 'it stays owed');
  t.is(await paidBy(now, houseAccount.interest('EUR')), 1_860n);
  await savings(now, 1, bob);
  await endMonth(now, '2026-11');
  const { body: next } = await request(now, '2026-11');
  await bank.approve(other, next.id);
  t.is(
    (await account(now, alone)).accrued_interest,
    0,
    'the next run pays it to an account that was opened since',
  );
  t.true((await reconcile(bank.deps.db, bank.time.now)).ok);
});

test('overdraft interest and a fee are taken as far as they’re covered, and else with the next run', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, agent, other, alice } = now;
  const id = await bank.account(alice, agent);
  await bank.client.put(`/api/accounts/${id}/overdraft`, { amount: 100_000 }, { token: agent.token });
  const { body: taken } = await bank.client.post(
    '/api/operations',
    { type: 'withdrawal', account_id: id, amount: 99_900 },
    { token: alice.token },
  );
  await bank.approve(agent, taken.id);
  await endMonth(now, '2026-10');
  const { body: run } = await request(now, '2026-10');
  // 99,900 × 7.30 % × 31 ÷ 365
  t.like(run.interest_run, { overdraft_interest: 619, fees: 200 });
  await bank.approve(other, run.id);
  t.deepEqual(
    (await linesOf(now, run.id)).map(({ reason }: { reason: string }) => reason),
    ['insufficient_funds', 'insufficient_funds'],
  );
  t.like(await account(now, id), { balance: -99_900, accrued_interest: -619 });
  await deposit(now, alice, id, 99_900);
  await deposit(now, alice, id, 10_000);
  await endMonth(now, '2026-11');
  const { body: next } = await request(now, '2026-11');
  await bank.approve(other, next.id);
  t.like(await account(now, id), { balance: 10_000 - 400 - 619, accrued_interest: 0 });
  t.is(await paidBy(now, houseAccount.interest('EUR')), -619n);
});

test('an account owes the fee of a month if it’s open when the month ends', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, agent, alice } = now;
  const id = await bank.account(alice, agent);
  bank.time.now = new Date('2026-10-31T22:59:59.000Z');
  const { body: closing } = await bank.client.post(`/api/accounts/${id}/close`, undefined, {
    token: alice.token,
  });
  await bank.approve(agent, closing.id);
  await endMonth(now, '2026-10');
  t.is((await request(now, '2026-10')).body.code, 'nothing_to_capitalize');
});

test('two agents approve a run above the threshold, and one interest entry can be reversed', async (t) => {
  const now = await open({ secondAgentAboveMinor: 3_000n });
  t.teardown(() => now.bank.close());
  const { bank, agent, other, alice } = now;
  const third = await bank.person('agent');
  const { body: opening } = await bank.client.post(
    '/api/accounts',
    { name: 'S', type: 'savings' },
    { token: alice.token },
  );
  await bank.approve(agent, opening.id);
  const { body: paidIn } = await bank.client.post(
    '/api/operations',
    { type: 'deposit', account_id: opening.account_id, amount: 1_000_000 },
    { token: alice.token },
  );
  for (const by of [other, third]) await bank.approve(by, paidIn.id);
  await endMonth(now, '2026-10');
  const { body: run } = await request(now, '2026-10');
  t.is((await bank.approve(other, run.id)).body.status, 'approved');
  t.is((await account(now, opening.account_id)).balance, 1_000_000);
  t.is((await bank.approve(other, run.id)).body.code, 'already_decided_by_you');
  t.is((await bank.approve(third, run.id)).body.status, 'posted');
  t.is((await account(now, opening.account_id)).balance, 1_003_100);
  const [line] = await linesOf(now, run.id);
  const reversal = await bank.client.post(
    '/api/operations',
    { type: 'reversal', transfer_id: line.id, reason: 'Wrong' },
    { token: agent.token },
  );
  t.is(reversal.status, 201);
  for (const by of [other, third]) await bank.approve(by, reversal.body.id);
  t.is((await account(now, opening.account_id)).balance, 1_000_000);
  t.is(await paidBy(now, houseAccount.interest('EUR')), 0n);
  t.true((await reconcile(bank.deps.db, bank.time.now)).ok);
});

test('a process that dies between pages leaves nothing half done, and two at once post each line once', async (t) => {
  const now = await open();
  t.teardown(() => now.bank.close());
  const { bank, agent } = now;
  const ids: string[] = [];
  for (let count = 0; count < 8; count += 1) ids.push(await savings(now, 1_000_000));
  await endMonth(now, '2026-10');
  const { body: run } = await request(now, '2026-10');
  // Approved by a process that dies before it posts a line.
  await bank
    .owner('operations')
    .where('id', uuidBytes(run.id))
    .update({ status: 'posted', decided_at: bank.time.now });
  await bank.owner('interest_runs').update({ state: 'posting' });
  const posted = async () =>
    (await linesOf(now, run.id)).filter(({ status }: { status: string }) => status === 'posted').length;
  const replica = await bank.replica();
  const worker = postLines(replica.deps, { pageRows: 1 }).catch(() => 'died');
  await eventually(async () => (await posted()) > 0);
  replica.crash();
  await worker;
  const another = await bank.replica();
  await Promise.all([postLines(bank.deps, { pageRows: 2 }), postLines(another.deps, { pageRows: 3 })]);
  await another.close();
  t.is(await posted(), 8);
  for (const id of ids) t.like(await account(now, id), { balance: 1_003_100, accrued_interest: 0 });
  t.is(await paidBy(now, houseAccount.interest('EUR')), 24_800n);
  const { body: shown } = await bank.client.get(`/api/operations/${run.id}`, { token: agent.token });
  t.is(shown.interest_run.state, 'posted');
});
