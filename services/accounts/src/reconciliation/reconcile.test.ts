import { uuidBytes } from '@guichet/database';
import anyTest, { type TestFn } from 'ava';
import { houseAccount } from '../accounts/account.ts';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { requestOperations } from '../operations/request-operations.ts';
import { CHECK_NAMES } from './checks.ts';
import { reconcile } from './reconcile.ts';

const test = anyTest.serial as TestFn<{
  test: TestBank;
  agents: [TestPerson, TestPerson];
  alice: TestPerson;
  account: string;
}>;

test.beforeEach(async (t) => {
  const bank = await openTestBank();
  const agents: [TestPerson, TestPerson] = [await bank.person('agent'), await bank.person('agent')];
  const alice = await bank.person('member');
  const account = await bank.account(alice, agents[0], 5_000);
  const withdrawal = { type: 'withdrawal', account_id: account, amount: 700 };
  await bank.client.post('/api/operations', withdrawal, { token: alice.token });
  const entries = await bank.client.get(`/api/accounts/${account}/transactions`, { token: alice.token });
  const reversal = {
    type: 'reversal',
    transfer_id: entries.body.items[0].transfer_id,
    reason: 'Typed twice',
  };
  await bank.account(alice, agents[0], 9_000);
  const elsewhere = {
    type: 'external_transfer',
    from_account_id: account,
    to: { name: 'Otto Normal', iban: 'DE89370400440532013000' },
    amount: 120,
  };
  const paid = await bank.client.post('/api/operations', elsewhere, { token: alice.token });
  await bank.approve(agents[0], paid.body.id);
  const deposit = { type: 'deposit', account_id: account, amount: 5_000 };
  const { body } = await bank.client.post('/api/operations', deposit, { token: alice.token });
  await bank.approve(agents[0], body.id);
  const undone = await bank.client.post('/api/operations', reversal, { token: agents[0].token });
  await bank.approve(agents[1], undone.body.id);
  t.context = { test: bank, agents, alice, account };
});
test.afterEach.always((t) => t.context.test.close());

test('a bank that only the service has changed reconciles', async (t) => {
  const { deps } = t.context.test;
  const { ok, checks } = await reconcile(deps.db, deps.clock());
  t.true(ok, JSON.stringify(checks));
  t.deepEqual(
    checks.map(({ name }) => name),
    [...CHECK_NAMES],
  );
  const unchecked = checks.filter(({ checked }) => checked === 0).map(({ name }) => name);
  t.deepEqual(unchecked, ['interest_equals_lines_of_runs'], 'this bank had no interest run');
});

// Changes made directly in the database, and the one check that detects each.
const BREAKS: [check: string, statements: string[], off?: bigint][] = [
  ['balances_equal_entries', ['UPDATE accounts SET balance = balance + 3 WHERE id = ?'], 3n],
  ['held_equals_waiting_operations', ['UPDATE accounts SET held = held - 2 WHERE id = ?'], -2n],
  [
    'running_balances',
    ['UPDATE entries SET balance_after = balance_after + 1 WHERE account_id = ? AND number = 1'],
    1n,
  ],
  [
    'reversals_mirror_transfers',
    [
      'UPDATE transfers SET reverses_id = REVERSE(reverses_id) WHERE reverses_id IS NOT NULL AND ? IS NOT NULL',
    ],
  ],
  [
    'no_hold_past_its_deadline',
    ["UPDATE operations SET expires_at = '2026-10-15 09:54:00' WHERE status = 'pending' AND ? IS NOT NULL"],
  ],
  [
    'operations_have_their_events',
    ["DELETE FROM outbox WHERE payload LIKE '%WITHDRAWAL_REQUESTED%' AND ? IS NOT NULL"],
  ],
  [
    'posted_operations_have_one_transfer',
    ["UPDATE operations SET amount = amount + 1 WHERE type = 'deposit' AND ? IS NOT NULL LIMIT 1"],
  ],
];

for (const [name, statements, off] of BREAKS) {
  test(`only ${name} fails after its change`, async (t) => {
    const { account } = t.context;
    const { deps, owner } = t.context.test;
    await withoutTriggers(t.context.test, async () => {
      for (const statement of statements) await owner.raw(statement, [uuidBytes(account)]);
    });
    const { ok, checks } = await reconcile(deps.db, deps.clock());
    const broken = checks.filter((one) => !one.ok);
    t.false(ok);
    t.deepEqual(
      broken.map((one) => one.name),
      [name],
      JSON.stringify(broken),
    );
    const [first] = broken[0]?.broken ?? [];
    if (off !== undefined) {
      t.is(first?.account_id, account);
      t.is(BigInt(first?.found ?? 0) - BigInt(first?.expected ?? 0), off);
    }
  });
}

test('money from nowhere fails the sum of all entries, its transfer and its operation', async (t) => {
  const { deps, owner } = t.context.test;
  await withoutTriggers(t.context.test, async () => {
    await owner.raw(
      'UPDATE transfers SET amount = amount + 4 WHERE debit_account_id = ? ORDER BY id DESC LIMIT 1',
      [uuidBytes(houseAccount.cash('EUR'))],
    );
  });
  const { checks } = await reconcile(deps.db, deps.clock());
  t.deepEqual(
    checks.filter(({ ok }) => !ok).map(({ name }) => name),
    ['entries_sum_to_zero', 'transfers_balance', 'posted_operations_have_one_transfer'],
  );
});

test('events packed into one row are each found, and reported if missing', async (t) => {
  const { alice, account, test: bank } = t.context;
  await requestOperations(
    bank.deps,
    [1n, 2n, 3n].map((amountMinor) => ({
      input: { kind: 'deposit', accountId: account, amountMinor, reference: null },
      requester: { id: alice.id, username: alice.username, role: 'member' },
      correlationId: 'together',
      idempotency: null,
      secondFactor: 'unchecked' as const,
    })),
  );
  const db = bank.owner;
  const failing = async () => {
    const { checks } = await reconcile(db, bank.deps.clock());
    return checks.filter(({ ok }) => !ok).map(({ name, broken }) => [name, broken.length]);
  };
  t.deepEqual(await failing(), []);
  const [row] = await db('outbox').where('events', '>', 1).orderBy('sequence', 'desc').limit(1);
  t.is(row.subject, 'log.membres.info');
  await db('outbox').where('sequence', row.sequence).delete();
  t.deepEqual(await failing(), [['operations_have_their_events', row.events]]);
});

test('the triggers refuse updates and deletes in the ledger even to the owner of the schema; the service does not have the right at all', async (t) => {
  const { deps, owner } = t.context.test;
  for (const table of ['transfers', 'entries']) {
    for (const statement of ['UPDATE ?? SET amount = amount + 1', 'DELETE FROM ??']) {
      await t.throwsAsync(owner.raw(statement, [table]), { message: /append-only/ });
      await t.throwsAsync(deps.db.raw(statement, [table]), { code: 'ER_TABLEACCESS_DENIED_ERROR' } as never);
    }
  }
});

test('reconciliation sees one snapshot while the bank keeps running', async (t) => {
  const { agents, alice, account, test: bank } = t.context;
  const deposit = async () => {
    const asked = { type: 'deposit', account_id: account, amount: 10 };
    const { body } = await bank.client.post('/api/operations', asked, { token: alice.token });
    await bank.approve(agents[0], body.id);
  };
  let going = true;
  const running = (async () => {
    while (going) await Promise.all([deposit(), deposit(), deposit()]);
  })();
  for (let i = 0; i < 5; i += 1) {
    const { ok, checks } = await reconcile(bank.deps.db, bank.deps.clock());
    t.true(ok, JSON.stringify(checks.filter((one) => !one.ok)));
  }
  going = false;
  await running;
});

test('agents can read the last reconciliation and start a new one', async (t) => {
  const { agents, account, test: bank } = t.context;
  const path = '/api/ledger/reconciliation';
  const agent = { token: agents[0].token };
  const first = await bank.client.get(path, agent);
  t.true(first.body.ok);
  await bank.deps.db.raw('UPDATE accounts SET balance = balance + 3 WHERE id = ?', [uuidBytes(account)]);
  const again = await bank.client.get(path, agent);
  t.deepEqual(again.body, first.body, 'reading does not start a run');
  const { body } = await bank.client.post(path, undefined, agent);
  t.true(body.finished_at > first.body.finished_at);
  t.deepEqual((await bank.client.get(path, agent)).body, body);
  t.false(body.ok);
  const check = body.checks.find((one: { name: string }) => one.name === 'balances_equal_entries');
  t.like(check, { ok: false, broken: [{ id: account, account_id: account }] });
});

test('many concurrent reconciliations, each with its own key, leave the bank available to other users', async (t) => {
  const { agents, test: bank } = t.context;
  const path = '/api/ledger/reconciliation';
  const start = (key: string) =>
    bank.client.post(path, undefined, { token: agents[0].token, headers: { 'idempotency-key': key } });
  const runs = Array.from({ length: 40 }, (_, index) => start(`run-${index}`));
  const read = await bank.client.get('/api/accounts', { token: agents[0].token });
  t.is(read.status, 200);
  const replies = await Promise.all(runs);
  t.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
  const again = await start('run-0');
  t.deepEqual([again.body, again.headers['idempotency-replayed']], [replies[0]?.body, 'true']);
});

async function withoutTriggers({ owner }: TestBank, work: () => Promise<void>): Promise<void> {
  for (const table of ['transfers', 'entries']) await owner.raw(`DROP TRIGGER ${table}_refuse_update`);
  await work();
}
