import { OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import {
  change,
  firstIdOf,
  identifier,
  isUuid,
  join,
  NO_UUID,
  openDatabase,
  type Query,
  queryOnce,
  sql,
  transaction,
  uuid,
  type Value,
} from '@guichet/database';
import { silentLog } from '@guichet/log';
import { type KnexDatabase, rowsRead, withKnex } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { listAccounts, lockAccountsOfOperations } from './accounts/store.ts';
import { listBeneficiaries } from './beneficiaries/store.ts';
import { findSoleApprovals, soleKey, writeSoleApprovals } from './decisions/sole-approvals-store.ts';
import { openTestBank, type TestBank } from './fixtures.ts';
import { pruneAnswers } from './idempotency/store.ts';
import { loadFacts } from './inbox/load-facts.ts';
import { countWaiting, listWaiting, sumWaiting } from './inbox/waiting-store.ts';
import { balanceAt, type EntryFilter, listEntries, withReversals } from './ledger/history-store.ts';
import {
  findOverdue,
  hasOpenOperations,
  listOperations,
  measureWaitingOperations,
} from './operations/inbox-store.ts';
import type { OperationFilter } from './operations/paths-store.ts';
import { findBalancesBefore, listLatestEntries } from './products/accrual-store.ts';
import { findSentSums, writeSentSums } from './step-up/store.ts';

const test = anyTest.serial as TestFn<{ bank: TestBank; db: KnexDatabase }>;

const OPERATIONS = 20_000;
const ACCOUNTS = 100;
const LIMIT = 50;
/** The maximum of rows for a page: a few more than it has; a scan would read all rows. */
const FEW = 1_000;

const start = Date.parse('2026-07-01T00:00:00.000Z');
const MINUTE = 60_000;
const at = (index: number) => new Date(start + index * MINUTE);
// As in the service, later ids are higher.
const idOf = (kind: number, index: number) =>
  firstIdOf(at(index)).replace('-8000-000000000000', `-8${kind}00-${String(index).padStart(12, '0')}`);
const account = (index: number) => idOf(1, index % ACCOUNTS);
const owner = (index: number) => idOf(2, index % 40);
/** One member has requested half of all operations. */
const requester = (index: number) => owner(index % 2 === 0 ? 0 : index);

/** The first of the list, so that the numbers below don’t depend on those that are added. */
const KINDS = OPERATION_KINDS.slice(0, 11);

/** The first few have rare types and statuses, the last few are pending, and all others are posted transfers. */
function kindOf(index: number) {
  return index < 80
    ? (KINDS[index % KINDS.length] ?? 'deposit')
    : index % 3 === 0
      ? 'deposit'
      : 'external_transfer';
}
function statusOf(index: number) {
  if (index >= OPERATIONS - 30) return 'pending';
  return index < 80 ? (OPERATION_STATUSES[2 + (index % 4)] ?? 'posted') : 'posted';
}

function insertInto(name: string, columns: readonly string[], rows: readonly (readonly Value[])[]) {
  const written = (value: Value) =>
    typeof value === 'string' && isUuid(value) ? uuid(value) : sql`${value}`;
  const tuples = rows.map((row) => sql`(${join(row.map(written), sql`, `)})`);
  return change(
    sql`INSERT INTO ${identifier(name)} (${join(columns.map(identifier), sql`, `)}) VALUES ${join(tuples, sql`, `)}`,
  );
}

test.before(async (t) => {
  const bank = await openTestBank();
  const { db } = bank.deps;
  const run = (one: Query<unknown>) => queryOnce(db, one);
  const indices = (count: number) => Array.from({ length: count }, (_, index) => index);
  await run(
    insertInto(
      'people',
      ['id', 'version', 'username', 'name', 'role', 'status'],
      indices(40).map((index) => [owner(index), 1, `person-${index}`, `Person ${index}`, 'member', 'active']),
    ),
  );
  await run(
    insertInto(
      'accounts',
      ['id', 'owner_id', 'name', 'type', 'product', 'currency', 'status', 'created_at', 'opened_at'],
      indices(ACCOUNTS).map((index) => [
        account(index),
        owner(index),
        'Main',
        'current',
        'current',
        'EUR',
        'open',
        at(index),
        at(index),
      ]),
    ),
  );
  for (let from = 0; from < OPERATIONS; from += 2_000) {
    const slice = indices(2_000).map((index) => from + index);
    await run(
      insertInto(
        'operations',
        [
          'id',
          'type',
          'status',
          'amount',
          'currency',
          'account_id',
          'to_account_id',
          'requester_id',
          'requester_username',
          'required_approvals',
          'approved_by',
          'created_at',
          'expires_at',
          'decided_at',
        ],
        slice.map((index) => {
          const isTransfer = kindOf(index).endsWith('transfer');
          return [
            idOf(3, index),
            kindOf(index),
            statusOf(index),
            100,
            'EUR',
            account(index),
            isTransfer ? account(index + 1) : null,
            requester(index),
            `person-${index % 40}`,
            1,
            NO_UUID,
            at(index),
            at(index + 43_200),
            at(index),
          ];
        }),
      ),
    );
    await run(
      insertInto(
        'transfers',
        [
          'id',
          'amount',
          'currency',
          'debit_account_id',
          'debit_number',
          'credit_account_id',
          'credit_number',
          'posted_at',
        ],
        slice.map((index) => [
          idOf(3, index),
          100,
          'EUR',
          account(index),
          index,
          account(index + 1),
          index,
          at(index),
        ]),
      ),
    );
    // One account has half of all entries.
    await run(
      insertInto(
        'entries',
        ['transfer_id', 'account_id', 'number', 'type', 'amount', 'balance_after', 'reference', 'posted_at'],
        slice.map((index) => [
          idOf(3, index),
          index % 2 === 0 ? account(0) : account(1 + (index % 99)),
          index % 2 === 0 ? index / 2 + 1 : 1_000_000 + index,
          kindOf(index),
          index % 4 === 0 ? 100 : -100,
          0,
          `Invoice ${index}`,
          at(index),
        ]),
      ),
    );
  }
  // Every agent has sole approvals for every account, and every member has a sum sent.
  const sum = (whose: string) => [whose, { dayStart: at(0), amountMinor: 1n }] as const;
  const pairs = indices(ACCOUNTS).flatMap((index) =>
    indices(40).map((agent) => soleKey(account(index), owner(agent))),
  );
  await run(writeSoleApprovals(new Map(pairs.map(sum))));
  await run(writeSentSums(new Map(indices(4_000).map((index) => sum(idOf(5, index))))));
  await db.raw('ANALYZE TABLE people, accounts, operations, transfers, entries, sole_approvals, sent_sums');
  t.context = {
    bank,
    db: withKnex(openDatabase({ ...bank.settings, DATABASE_POOL: 1 }, silentLog, { pipelines: true })),
  };
});
test.after.always(async (t) => {
  await t.context.db.destroy();
  await t.context.bank.close();
});

const always = { from: null, to: null };
const early = { from: at(20), to: at(200) };
const late = { from: at(OPERATIONS - 200), to: null };
const middle = { from: null, to: at(OPERATIONS / 2) };
const noFilter = { period: always, order: 'newest', limit: LIMIT, viewer: 'agent' } as const;

const INBOX: readonly [string, OperationFilter, found: number][] = [
  ['all', noFilter, 51],
  ['what waits', { ...noFilter, statuses: ['pending'] }, 30],
  ['operations with a first approval', { ...noFilter, statuses: ['approved'] }, 0],
  ['posted operations', { ...noFilter, statuses: ['posted'] }, 51],
  ['operations cancelled long ago', { ...noFilter, statuses: ['cancelled'] }, 20],
  ['a frequent type', { ...noFilter, kinds: ['deposit'] }, 51],
  ['a rare type, long ago', { ...noFilter, kinds: ['close_account'] }, 7],
  ['several types', { ...noFilter, kinds: ['internal_transfer', 'external_transfer'] }, 51],
  ['several rare types', { ...noFilter, kinds: ['open_account', 'close_account', 'renew_rib'] }, 21],
  ['posted operations of a rare type', { ...noFilter, kinds: ['reversal'], statuses: ['posted'] }, 1],
  ['pending operations of a type', { ...noFilter, kinds: ['deposit'], statuses: ['pending'] }, 10],
  ['one’s own', { ...noFilter, requester: owner(7) }, 51],
  ['own pending operations', { ...noFilter, requester: owner(17), statuses: ['pending'] }, 1],
  ['pending operations of a busy member', { ...noFilter, requester: owner(0), statuses: ['pending'] }, 15],
  ['operations of one user, by name', { ...noFilter, requester: 'person-7' }, 51],
  ['nobody’s', { ...noFilter, requester: 'nobody' }, 0],
  ['an account’s', { ...noFilter, accountId: account(5) }, 51],
  ['a rare type of one account', { ...noFilter, accountId: account(5), kinds: ['withdrawal'] }, 0],
  ['own operations of one account', { ...noFilter, requester: owner(5), accountId: account(5) }, 51],
  ['a period long ago', { ...noFilter, period: early }, 51],
  ['the last few hours', { ...noFilter, period: late }, 51],
  ['the first half', { ...noFilter, period: middle }, 51],
  ['deposits in the first half', { ...noFilter, period: middle, kinds: ['deposit'] }, 51],
  ['all, oldest first', { ...noFilter, order: 'oldest' }, 51],
  ['pending ones, oldest first', { ...noFilter, order: 'oldest', statuses: ['pending'] }, 30],
  ['a later page, oldest first', { ...noFilter, order: 'oldest', afterId: idOf(3, 900) }, 51],
  ['a later page', { ...noFilter, afterId: idOf(3, 900) }, 51],
  ['a later page of a type', { ...noFilter, kinds: ['deposit'], afterId: idOf(3, 900) }, 51],
  ['some ids', { ...noFilter, ids: [7, 900, 15_000].map((place) => idOf(3, place)) }, 3],
  ['what waits, by name', { ...noFilter, statuses: ['pending'], text: 'person-1' }, 21],
];

for (const [what, filter, found] of INBOX) {
  test(`the inbox of ${OPERATIONS} operations reads few rows for ${what}`, async (t) => {
    let page: unknown[] = [];
    const { rows, plans } = await rowsRead(t.context.db, async (db) => {
      ({ page } = await listOperations(db, filter));
    });
    t.is(page.length, found);
    t.deepEqual(plans.filter(isScan), []);
    t.true(rows <= FEW, `${rows} rows were read`);
  });
}

for (const [what, text, found] of [
  ['a text that no operation has', 'no match', 0],
  ['a username', 'person-17', 51],
  ['a text that fits every user', 'person', 51],
] as const) {
  test(`of ${OPERATIONS} operations, few are compared with ${what}`, async (t) => {
    let page: unknown[] = [];
    const { rows, plans } = await rowsRead(t.context.db, async (db) => {
      ({ page } = await listOperations(db, { ...noFilter, text }, 500));
    });
    t.is(page.length, found);
    // A part of a name is found in no index; there are far fewer users than operations.
    t.deepEqual(
      plans.filter((step) => isScan(step) && step.table !== 'people'),
      [],
    );
    t.true(rows <= 3 * FEW, `${rows} rows were read`);
  });
}

const BIG_TABLES = ['operations', 'sole_approvals', 'sent_sums'];

const waiting = { agentId: owner(39), period: always };
const WAITING: readonly [string, (db: KnexDatabase) => Promise<unknown>][] = [
  ['the oldest', (db) => listWaiting(db, waiting, { order: 'oldest', afterId: undefined, limit: LIMIT })],
  [
    'the newest of a tab',
    (db) =>
      listWaiting(db, { ...waiting, tab: 'mine' }, { order: 'newest', afterId: undefined, limit: LIMIT }),
  ],
  [
    'the largest, by text',
    (db) =>
      listWaiting(
        db,
        { ...waiting, tab: 'second_agent', text: 'person' },
        { order: 'largest', afterId: idOf(3, OPERATIONS - 5), limit: LIMIT },
      ),
  ],
  ['the sums', (db) => sumWaiting(db, { ...waiting, tab: 'mine', kinds: ['deposit'] })],
  ['the counts', (db) => countWaiting(db, owner(39))],
];

for (const [what, list] of WAITING) {
  test(`few rows of ${OPERATIONS} operations are read for ${what} of those that wait`, async (t) => {
    const { rows, plans } = await rowsRead(t.context.db, list);
    t.deepEqual(plans.filter(isScan), []);
    t.true(rows <= FEW, `${rows} rows were read`);
  });
}

test('the facts for a page are read by index, and a payer’s earlier payments without the rows', async (t) => {
  const { bank, db } = t.context;
  const page = await listWaiting(db, waiting, { order: 'oldest', afterId: undefined, limit: LIMIT });
  const { rows, plans } = await rowsRead(db, (one) =>
    loadFacts({ ...bank.deps, clock: () => at(OPERATIONS) }, one, page, new Map(), owner(39)),
  );
  t.deepEqual(
    plans.filter(({ table, type }) => type === 'ALL' && BIG_TABLES.includes(table ?? '')),
    [],
  );
  // No more than all requests of these members, one of whom made half of all.
  t.true(rows <= OPERATIONS + FEW, `${rows} rows were read`);
});

const history = { accountId: account(0), period: always, limit: LIMIT };
const HISTORY: readonly [string, EntryFilter, found: number][] = [
  ['all', history, 51],
  ['a period long ago', { ...history, period: early }, 51],
  ['a short period', { ...history, period: { from: at(500), to: at(520) } }, 10],
  ['the last few hours', { ...history, period: late }, 51],
  ['the first half', { ...history, period: middle }, 51],
  ['a period without entries', { ...history, period: { from: at(OPERATIONS + 10), to: null } }, 0],
  ['credits', { ...history, direction: 'credit' }, 51],
  ['a type', { ...history, kinds: ['deposit'] }, 51],
  ['amounts', { ...history, minAmountMinor: 50n, maxAmountMinor: 150n }, 51],
  ['a text in a period', { ...history, period: { from: at(500), to: at(700) }, text: 'invoice 6' }, 50],
  ['a later page', { ...history, beforeNumber: 60n }, 51],
];

for (const [what, filter, found] of HISTORY) {
  test(`the history of ${OPERATIONS / 2} entries reads few rows for ${what}`, async (t) => {
    let page: unknown[] = [];
    const { rows, plans } = await rowsRead(t.context.db, async (db) => {
      page = await withReversals(db, await listEntries(db, filter), 'EUR');
    });
    t.is(page.length, found);
    t.deepEqual(plans.filter(isScan), []);
    // Each end of the period is searched among a thousand entries.
    t.true(rows <= FEW + (filter.period === always ? 0 : 2_100), `${rows} rows were read`);
  });
}

test('a filter that matches nothing reads only the account’s own entries', async (t) => {
  const filter = { ...history, accountId: account(5), text: 'no match' };
  const { rows } = await rowsRead(t.context.db, (db) => listEntries(db, filter));
  t.true(rows <= FEW, `${rows} rows were read`);
});

const OTHERS: readonly [string, (db: KnexDatabase) => Promise<unknown>][] = [
  ['accounts of one user', (db) => listAccounts(db, { ownerId: owner(3), limit: LIMIT })],
  ['pending accounts', (db) => listAccounts(db, { status: 'pending', limit: LIMIT })],
  ['a page of all accounts', (db) => listAccounts(db, { afterId: account(10), limit: LIMIT })],
  [
    'saved payees',
    (db) => queryOnce(db, listBeneficiaries({ ownerId: owner(3), afterId: undefined, limit: LIMIT })),
  ],
  ['overdue operations', (db) => findOverdue(db, at(OPERATIONS), { afterId: null, limit: 100 })],
  ['the number of pending operations', (db) => measureWaitingOperations(db, at(OPERATIONS))],
  ['whether a user has pending requests', (db) => transaction(db, (trx) => hasOpenOperations(trx, owner(3)))],
  ['a balance long ago', (db) => balanceAt(db, account(0), at(300))],
  [
    'the last entries of accounts',
    (db) =>
      queryOnce(
        db,
        listLatestEntries({
          day: { from: at(0), to: at(300) },
          products: ['current'],
          afterId: NO_UUID,
          limit: LIMIT,
        }),
      ),
  ],
  [
    'balances long ago',
    (db) =>
      queryOnce(
        db,
        findBalancesBefore(
          [0, 1, 2].map((index) => account(index)),
          at(300),
        ),
      ),
  ],
  [
    'sums of sole approvals',
    (db) =>
      queryOnce(
        db,
        findSoleApprovals(
          [900, 17, 400].map((place) => idOf(3, place)),
          [owner(1), owner(2)],
        ),
      ),
  ],
  ['sums sent by members', (db) => queryOnce(db, findSentSums([5, 6, 7].map((index) => idOf(5, index))))],
  ['old replies to delete', (db) => queryOnce(db, pruneAnswers(at(0), 500))],
];

for (const [what, list] of OTHERS) {
  test(`few rows are read for ${what}`, async (t) => {
    const { rows, plans } = await rowsRead(t.context.db, list);
    t.deepEqual(
      plans.filter(({ table, type }) => type === 'ALL' && BIG_TABLES.includes(table ?? '')),
      [],
    );
    t.true(rows <= 1_600, `${rows} rows were read`);
  });
}

test('the accounts of operations are locked one by one in ascending order, whatever the order of the request', async (t) => {
  const { db } = t.context;
  const ids = [900, 17, 400, 401, 3, 888].map((place) => idOf(3, place));
  const { sql } = lockAccountsOfOperations(ids);
  const [plan] = await db.raw(`EXPLAIN ${sql}`);
  const [first, second] = (plan as { table: string; type: string; key: string | null }[]).slice(0, 2);
  t.regex(first?.table ?? '', /^<derived/);
  t.like(second, { table: 'accounts', type: 'eq_ref', key: 'PRIMARY' });
  const [rows] = await db.raw(sql ?? '');
  const locked = (rows as { id: string }[]).map(({ id }) => id);
  t.true(locked.length >= 3);
  t.deepEqual(locked, [...locked].sort());
});

/** A scan of a whole stored table; derived tables have a page or two. */
function isScan({ table, type }: { table: string | null; type: string | null }): boolean {
  return type === 'ALL' && !/^<|^one$|^latest$|^earliest$/.test(table ?? '<');
}
