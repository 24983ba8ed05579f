import { dayAfter } from '@guichet/calendar';
import { NO_UUID, newId, uuidBytes } from '@guichet/database';
import { eventually } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import fc from 'fast-check';
import { openTestBank, TEST_RULES, type TestBank } from '../fixtures.ts';
import { interestOfDay, PARTS_PER_MINOR } from '../products/accrual.ts';
import { NO_TERMS, type Terms, termsOn } from '../products/product.ts';
import { accrueInterest } from './accrue-interest.ts';

const test = anyTest as TestFn<TestBank>;
test.before(async (t) => {
  t.context = await openTestBank();
});
test.after.always((t) => t.context.close());

const { calendar } = TEST_RULES;
const spanOf = (day: string) => calendar.dayOf(calendar.instant(day));
const at = (day: string, time: string) => new Date(`${day}T${time}+02:00`);

/** Begins again on a day, as if interest had been added up through the day before it. */
async function beginOn(bank: TestBank, day: string): Promise<void> {
  await bank.owner('accrual_progress').delete();
  bank.time.now = new Date(spanOf(day).from.getTime() + 12 * 3_600_000);
  await accrueInterest(bank.deps);
}

async function addTerms({ owner }: TestBank, product: string, validFrom: string, terms: Partial<Terms>) {
  const { interestRate, overdraftRate, monthlyFeeMinor, minimumBalanceMinor } = { ...NO_TERMS, ...terms };
  await owner('product_terms').insert({
    product,
    valid_from: validFrom,
    interest_rate: interestRate,
    overdraft_rate: overdraftRate,
    monthly_fee: monthlyFeeMinor,
    minimum_balance: minimumBalanceMinor,
  });
}

interface History {
  product: string;
  openedAt: Date;
  closedAt: Date | null;
  /** In the order of their numbers. */
  entries: readonly { at: Date; amountMinor: bigint }[];
}

/** An account with entries at these times; only what interest is computed from. */
async function addAccount({ owner }: TestBank, { product, openedAt, closedAt, entries }: History) {
  const id = newId();
  let balance = 0n;
  const rows = entries.map(({ at: posted_at, amountMinor }, index) => {
    balance += amountMinor;
    return {
      account_id: uuidBytes(id),
      number: index + 1,
      transfer_id: uuidBytes(newId()),
      type: 'deposit',
      amount: amountMinor,
      balance_after: balance,
      posted_at,
    };
  });
  await owner('accounts').insert({
    id: uuidBytes(id),
    owner_id: uuidBytes(NO_UUID),
    name: 'A',
    type: 'savings',
    product,
    currency: 'EUR',
    status: closedAt === null ? 'open' : 'closed',
    balance,
    overdraft: 10n ** 12n,
    entry_count: rows.length,
    created_at: openedAt,
    opened_at: openedAt,
    closed_at: closedAt,
  });
  if (rows.length > 0) await owner('entries').insert(rows);
  return id;
}

async function accruedOf({ owner }: TestBank, accountId: string): Promise<Record<string, bigint>> {
  const rows: { month: string; accrued: string }[] = await owner('accruals')
    .where('account_id', uuidBytes(accountId))
    .select('month', 'accrued');
  return Object.fromEntries(rows.map(({ month, accrued }) => [month, BigInt(accrued)]));
}

test.serial('a customer sees the interest of the days that are over, and an agent the same', async (t) => {
  const bank = await openTestBank();
  const [agent, alice, root] = [
    await bank.person('agent'),
    await bank.person('member'),
    await bank.person('superuser'),
  ];
  await accrueInterest(bank.deps);
  const rates = { name: 'Current', type: 'current', monthly_fee: 0, valid_from: '2026-10-15' };
  await bank.client.put(
    '/api/products/current',
    { ...rates, interest_rate: 365, overdraft_rate: 1_000 },
    { token: root.token },
  );
  // 100 of interest a day.
  const id = await bank.account(alice, agent, 1_000_000);
  const seen = async (token: string) => {
    const [{ body: one }, { body: list }] = await Promise.all([
      bank.client.get(`/api/accounts/${id}`, { token }),
      bank.client.get('/api/accounts', { token }),
    ]);
    t.is(list.items[0].accrued_interest, one.accrued_interest);
    return one.accrued_interest;
  };
  t.is(await seen(alice.token), 0);
  bank.time.now = at('2026-10-16', '05:59:59');
  await accrueInterest(bank.deps);
  t.is(await seen(alice.token), 0, 'before the bank’s morning');
  bank.time.now = at('2026-10-16', '06:00:00');
  await accrueInterest(bank.deps);
  t.is(await seen(alice.token), 100);
  await accrueInterest(bank.deps);
  t.is(await seen(agent.token), 100, 'each day once');
  bank.time.now = at('2026-10-19', '07:00:00');
  await accrueInterest(bank.deps);
  t.is(await seen(alice.token), 400, 'the days while the bank was down are made up for');

  const refused = await bank.client.put(
    '/api/products/current',
    { ...rates, interest_rate: 0, overdraft_rate: 0, valid_from: '2026-10-18' },
    { token: root.token },
  );
  t.is(refused.body.code, 'rate_begins_in_past');
  const changed = await bank.client.put(
    `/api/accounts/${id}/overdraft`,
    { amount: 100 },
    { token: agent.token },
  );
  t.is(changed.body.accrued_interest, 400);
  await bank.close();
});

test.serial(
  'the closing balance is that of the last entry of the bank’s day, whatever the clocks of two replicas say',
  async (t) => {
    const bank = t.context;
    await beginOn(bank, '2026-10-24');
    await addTerms(bank, 'midnight', '2026-10-01', { interestRate: 1 });
    const openedAt = at('2026-10-23', '12:00:00');
    const midnight = spanOf('2026-10-25').from.getTime();
    const entry = (ms: number, amountMinor: bigint) => ({ at: new Date(midnight + ms), amountMinor });
    const history = { product: 'midnight', openedAt, closedAt: null };
    const [before, after, skewed, crossed, later] = [
      await addAccount(bank, { ...history, entries: [entry(-1, 10n)] }),
      await addAccount(bank, { ...history, entries: [entry(0, 10n)] }),
      // The replica of the second entry is behind.
      await addAccount(bank, { ...history, entries: [entry(-5, 10n), entry(-900, 7n)] }),
      await addAccount(bank, { ...history, entries: [entry(3, 10n), entry(-900, 7n)] }),
      await addAccount(bank, { ...history, entries: [entry(-5, 10n), entry(-900, 7n), entry(9_000, 100n)] }),
    ];
    // 25 October has 25 hours.
    bank.time.now = new Date('2026-10-26T05:00:00.000Z');
    await accrueInterest(bank.deps);
    const sums = await Promise.all([before, after, skewed, crossed, later].map((id) => accruedOf(bank, id)));
    t.deepEqual(
      sums.map((one) => one['2026-10'] ?? 0n),
      [20n, 10n, 34n, 34n, 134n],
    );
  },
);

interface Random {
  terms: { product: string; validFrom: string; terms: Terms }[];
  histories: History[];
  /** Interest is added up at noon of these days and of the last one. */
  runs: string[];
}

const FIRST = '2027-12-20';
const DAYS = 75;
const days = Array.from({ length: DAYS }).reduce<string[]>(
  (all) => [...all, dayAfter(all.at(-1) as string)],
  [FIRST],
);
const PRODUCTS = ['p1', 'p2', 'p3'];

const terms = fc.record({
  interestRate: fc.integer({ min: 0, max: 10_000 }),
  overdraftRate: fc.integer({ min: 0, max: 10_000 }),
  monthlyFeeMinor: fc.constant(0n),
  minimumBalanceMinor: fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10_000n })),
});
const moment = fc
  .tuple(
    fc.integer({ min: 0, max: DAYS }),
    fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  )
  .map(([day, part]) => {
    const { from, to } = spanOf(days[day] as string);
    return new Date(from.getTime() + Math.round(part * (to.getTime() - from.getTime() - 1)));
  });
const history = fc
  .record({
    product: fc.constantFrom(...PRODUCTS),
    times: fc.array(moment, { minLength: 1, maxLength: 12 }),
    amounts: fc.array(
      fc.oneof(fc.bigInt({ min: -20_000n, max: 20_000n }), fc.bigInt({ min: 0n, max: 10n ** 12n })),
      { minLength: 12, maxLength: 12 },
    ),
    isClosed: fc.boolean(),
  })
  .map(({ product, times, amounts, isClosed }): History => {
    const sorted = times.toSorted((a, b) => a.getTime() - b.getTime());
    const entries = sorted.slice(1).map((time, index) => {
      const amountMinor = amounts[index] as bigint;
      return { at: time, amountMinor: amountMinor === 0n ? 1n : amountMinor };
    });
    const balance = entries.slice(0, -1).reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    const last = entries.at(-1);
    // An account is closed once it's empty.
    const isEmptied = isClosed && last !== undefined && balance !== 0n;
    return {
      product,
      openedAt: sorted[0] as Date,
      closedAt: isEmptied ? last.at : null,
      entries: isEmptied ? [...entries.slice(0, -1), { at: last.at, amountMinor: -balance }] : entries,
    };
  });
const bankHistory: fc.Arbitrary<Random> = fc.record({
  terms: fc.uniqueArray(
    fc.record({ product: fc.constantFrom(...PRODUCTS), validFrom: fc.constantFrom(...days), terms }),
    { selector: ({ product, validFrom }) => `${product} ${validFrom}`, minLength: 3, maxLength: 12 },
  ),
  histories: fc.array(history, { minLength: 1, maxLength: 12 }),
  runs: fc.subarray(days, { maxLength: 8 }),
});

/** The interest of an account by month, computed at once: periods of equal balances and terms, each balance × rate × number of days. */
function atOnce(
  { entries }: History,
  rates: readonly { validFrom: string; terms: Terms }[],
): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  const periods: { month: string; closing: bigint; from: Terms; count: bigint }[] = [];
  for (const day of days) {
    const { to } = spanOf(day);
    const closing = entries.reduce((sum, one) => (one.at < to ? sum + one.amountMinor : sum), 0n);
    const from = termsOn(rates, day)?.terms ?? NO_TERMS;
    const month = day.slice(0, 7);
    const last = periods.at(-1);
    if (last?.month === month && last.closing === closing && last.from === from) last.count += 1n;
    else periods.push({ month, closing, from, count: 1n });
  }
  for (const { month, closing, from, count } of periods) {
    const paid = closing >= from.minimumBalanceMinor ? from.interestRate : 0;
    const rate = closing < 0n ? from.overdraftRate : paid;
    sums[month] = (sums[month] ?? 0n) + closing * BigInt(rate) * count;
  }
  return sums;
}

test.serial(
  'interest is the same added up daily, after pauses, or computed at once: random histories with changing rates, over a leap day',
  async (t) => {
    const bank = t.context;
    let [compared, earned] = [0, 0];
    await fc.assert(
      fc.asyncProperty(bankHistory, async (random) => {
        await bank.owner('product_terms').delete();
        await bank.owner('accounts').delete();
        await beginOn(bank, FIRST);
        for (const one of random.terms) await addTerms(bank, one.product, one.validFrom, one.terms);
        const ids: string[] = [];
        for (const one of random.histories) ids.push(await addAccount(bank, one));
        for (const day of [...random.runs, dayAfter(days.at(-1) as string)]) {
          bank.time.now = new Date(spanOf(day).from.getTime() + 13 * 3_600_000);
          await accrueInterest(bank.deps, { pageRows: 5 });
        }
        for (const [index, one] of random.histories.entries()) {
          const rates = random.terms.filter(({ product }) => product === one.product);
          const expected = atOnce(one, rates);
          const added = await accruedOf(bank, ids[index] as string);
          t.deepEqual(withoutZeros(added), withoutZeros(expected));
          compared += 1;
          if (Object.keys(withoutZeros(expected)).length > 0) earned += 1;
        }
      }),
      { numRuns: 6 },
    );
    t.log(`${compared} accounts compared, of which ${earned} earned or owed something`);
    t.true(earned > 5);
  },
);

const withoutZeros = (sums: Record<string, bigint>) =>
  Object.fromEntries(Object.entries(sums).filter(([, parts]) => parts !== 0n));

test.serial(
  'a worker that dies between pages leaves nothing half done, and two at once add each day once',
  async (t) => {
    const bank = t.context;
    await bank.owner('product_terms').delete();
    await beginOn(bank, '2028-06-01');
    await addTerms(bank, 'crash', '2028-06-01', { interestRate: 100 });
    const openedAt = at('2028-06-01', '10:00:00');
    const entries = [{ at: openedAt, amountMinor: 36_500n }];
    const ids: string[] = [];
    for (let count = 0; count < 12; count += 1)
      ids.push(await addAccount(bank, { product: 'crash', openedAt, closedAt: null, entries }));
    bank.time.now = at('2028-06-21', '12:00:00');
    const total = async () => {
      const sums = await Promise.all(ids.map((id) => accruedOf(bank, id)));
      return sums.reduce((sum, one) => sum + (one['2028-06'] ?? 0n), 0n);
    };
    const day = interestOfDay(36_500n, { ...NO_TERMS, interestRate: 100 });
    t.is(day, PARTS_PER_MINOR, 'one cent a day');
    for (let crash = 1; crash <= 3; crash += 1) {
      const before = await total();
      const replica = await bank.replica();
      const worker = accrueInterest(replica.deps, { pageRows: 1 }).catch(() => 'died');
      await eventually(async () => (await total()) > before);
      replica.crash();
      await worker;
    }
    const atDeath = await total();
    t.true(atDeath > 0n && atDeath % day === 0n);
    const another = await bank.replica();
    await Promise.all([
      accrueInterest(bank.deps, { pageRows: 5 }),
      accrueInterest(another.deps, { pageRows: 3 }),
    ]);
    await another.close();
    t.is(await total(), 20n * 12n * day, `${atDeath / day} of 240 were added before the last death`);
  },
);
