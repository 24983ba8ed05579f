import { ACCOUNTS_SECTIONS, PersonalDataView } from '@guichet/contract/personal-data';
import { newId } from '@guichet/database';
import { Problem } from '@guichet/errors';
import anyTest, { type TestFn } from 'ava';
import { openTestBank, type TestBank, type TestPerson } from '../fixtures.ts';
import { readPersonalData } from './read-personal-data.ts';

interface Context {
  bank: TestBank;
  agent: TestPerson;
}
const test = anyTest as TestFn<Context>;
test.before(async (t) => {
  const bank = await openTestBank();
  t.context = { bank, agent: await bank.person('agent', 'Aline Conseil') };
});
test.after.always((t) => t.context.bank.close());

const IBAN = 'BE68539007547034';

/** A member who has something in every section. */
async function busyMember({ bank, agent }: Context, name: string) {
  const member = await bank.person('member', name);
  const { token } = member;
  const [first, second] = [await bank.account(member, agent, 10_000), await bank.account(member, agent, 500)];
  const payee = { name: `Payee of ${name}`, iban: IBAN };
  await bank.client.post('/api/beneficiaries', payee, { token });
  const sent = await bank.client.post(
    '/api/operations',
    { type: 'external_transfer', from_account_id: first, to: payee, amount: 100, reference: `Ref ${name}` },
    { token, headers: { 'idempotency-key': `key of ${member.username}` } },
  );
  await bank.approve(agent, sent.body.id);
  const order = { from_account_id: first, to: payee, amount: 100, every: 'month', first_on: '2026-11-01' };
  await bank.client.post('/api/standing-orders', { ...order, reference: `Order of ${name}` }, { token });
  await bank.client.post('/api/standing-orders', order, { token });
  await bank.client.post('/api/payees/verify', payee, { token });
  for (const path of ['a', 'b']) {
    const webhook = { url: `https://8.8.8.8/${path}`, events: ['operation.posted'], description: name };
    await bank.client.post('/api/webhooks', webhook, { token });
  }
  const renewal = await bank.client.post(`/api/accounts/${first}/rib`, undefined, { token });
  await bank.approve(agent, renewal.body.id);
  return { ...member, first, second };
}

async function everything({ bank }: Context, userId: string, limit?: number) {
  const read: Record<string, Record<string, unknown>[]> = {};
  const order: string[] = [];
  for (let cursor: string | undefined, isLast = false; !isLast; ) {
    const { section, items, next } = await readPersonalData(bank.deps, userId, cursor, limit);
    if (limit !== undefined && items.length > limit) throw new Error('a page is longer than its limit');
    if (!(section in read)) order.push(section);
    read[section] = [...(read[section] ?? []), ...items];
    isLast = next === null;
    cursor = next ?? undefined;
  }
  return { read, order };
}

test('only auth reads what accounts holds about a person', async (t) => {
  const { bank } = t.context;
  const member = await bank.person('member');
  const path = `/internal/people/${member.id}/accounts?role=member`;
  t.is((await bank.client.get(path, { headers: { 'x-test-peer': 'auth' } })).status, 200);
  t.is((await bank.client.get(path, { headers: { 'x-test-peer': 'frontend' } })).status, 404);
  t.is((await bank.client.get(path, { token: member.token })).status, 404);
});

test('a member’s data is the same whatever the size of the pages, and nothing of another’s', async (t) => {
  const member = await busyMember(t.context, 'Zoe Unmistakable');
  const other = await busyMember(t.context, 'Yann Elsewhere');
  const whole = await everything(t.context, member.id);
  t.deepEqual(whole.order, ACCOUNTS_SECTIONS);
  for (const limit of [1, 2]) t.deepEqual(await everything(t.context, member.id, limit), whole, `${limit}`);
  for (const section of ACCOUNTS_SECTIONS) {
    const { error } = PersonalDataView.shape[section].safeParse(whole.read[section]);
    t.is(error, undefined, `${section}: ${error?.message}`);
    t.true((whole.read[section] ?? []).length > 0, `${section} is empty`);
  }
  const { accounts, ribs, operations, entries } = whole.read;
  t.is(accounts?.length, 2);
  t.is(ribs?.length, 3, 'the retired one too');
  t.true(operations?.some(({ decisions }) => (decisions as unknown[]).length > 0));
  t.is(entries?.length, 3);
  const text = JSON.stringify(whole);
  for (const word of [other.id, other.username, 'Elsewhere', other.first]) t.false(text.includes(word), word);
});

test('a cursor opens no account of another member, and an unknown person has nothing', async (t) => {
  const [alice, bob] = [await busyMember(t.context, 'Alice A'), await busyMember(t.context, 'Bob B')];
  const cursor = Buffer.from(JSON.stringify(['entries', bob.first])).toString('base64url');
  const { items } = await readPersonalData(t.context.bank.deps, alice.id, cursor);
  t.deepEqual(items, []);
  const { read, order } = await everything(t.context, newId());
  t.deepEqual(order, ACCOUNTS_SECTIONS);
  t.true(Object.values(read).every((list) => list.length === 0));
  await t.throwsAsync(readPersonalData(t.context.bank.deps, alice.id, 'bm9uc2Vuc2U'), {
    instanceOf: Problem,
  });
});

/** Tables that the sections are read from. */
const EXPORTED = [
  'people',
  'accounts',
  'ribs',
  'beneficiaries',
  'operations',
  'standing_orders',
  'decisions',
  'entries',
  'idempotency_keys',
  'payee_checks',
  'sent_sums',
  'webhooks',
  'webhook_deliveries',
];
/** Tables that no section shows, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  transfers: 'the two sides of what entries show',
  payment_files: 'files from other banks, which staff handle',
  payment_items: 'what other banks sent: what a customer received is in the entries',
  received_payments: 'digests of these files and payments',
  due_operations: 'the days that the operations show',
  standing_order_payments: 'the standing order that each payment shows',
  products: 'the bank’s own',
  product_terms: 'the bank’s own',
  accruals: 'the interest so far that accounts show, by month',
  accrual_progress: 'the bank’s own',
  outgoing_transfers:
    'how far transfers are, which the operations show, and the name in the file of their batch',
  payment_batches: 'sums of transfers; that an agent created one is in the agent’s log',
  batch_cut_offs: 'the bank’s own',
  interest_runs: 'the bank’s own',
  interest_lines: 'what an interest run posted: each line is an entry and an operation',
  viewings: 'when an agent last opened an operation or an account: each time is in the agent’s log',
  sole_approvals: 'how much an agent alone approved today: each approval is in the agent’s log',
  reconciliation_checkpoint: 'the bank’s own',
  digests: 'the bank’s own',
  reconciled_accounts: 'copies of numbers and balances, to compare them',
  reconciled_waiting: 'copies of ids',
  dead_letters: 'sealed messages that this service could not read',
  outbox: 'copies of what is in the log, on their way to it for a week',
  outbox_dead_letters: 'the same, refused by the broker',
  leases: 'the bank’s own',
  scheduled_jobs: 'the bank’s own',
  schema_migrations: 'the bank’s own',
  schema_migrations_lock: 'the bank’s own',
};

test('every table of the schema is in the export, or has a reason not to be', async (t) => {
  const tables = await t.context.bank
    .owner('information_schema.tables')
    .whereRaw('table_schema = DATABASE()')
    .select({ name: 'table_name' });
  const known = [...EXPORTED, ...Object.keys(EXCEPTIONS)];
  t.deepEqual(tables.map(({ name }) => name).sort(), known.sort());
});
