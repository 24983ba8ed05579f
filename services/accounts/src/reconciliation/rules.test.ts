import test from 'ava';
import fc from 'fast-check';
import { type EntryRange, followEntries, type NumberedEntry, pagesOf } from './rules.ts';

const ranges = fc.array(
  fc.record({ from: fc.integer({ min: 1, max: 50 }), count: fc.integer({ min: 1, max: 30 }) }),
  { maxLength: 8 },
);

test('pages have every number of every range once, in order, and no more than they may', (t) => {
  fc.assert(
    fc.property(
      ranges,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      (given, entries, most) => {
        const wanted = given.map(
          ({ from, count }, index): EntryRange => ({
            accountId: String(index),
            from: BigInt(from),
            through: BigInt(from + count - 1),
          }),
        );
        const pages = pagesOf(wanted, { entries, ranges: most });
        for (const page of pages) {
          t.true(page.length >= 1 && page.length <= most);
          t.true(numbersOf(page).length <= entries);
        }
        t.deepEqual(numbersOf(pages.flat()), numbersOf(wanted));
      },
    ),
  );
});

const history = fc
  .array(fc.bigInt({ min: -50n, max: 50n }), { minLength: 1, maxLength: 30 })
  .map((amounts) => {
    let balanceMinor = 700n;
    return amounts.map((amountMinor, index): NumberedEntry => {
      balanceMinor += amountMinor;
      const number = BigInt(index + 5);
      return {
        accountId: 'a',
        operationId: `operation ${number}`,
        isNamed: true,
        number,
        amountMinor,
        balanceMinor,
      };
    });
  });
const verified = { number: 4n, balanceMinor: 700n };

test('a history that follows from the verified state is followed to its end, in one piece or in pages', (t) => {
  fc.assert(
    fc.property(history, fc.nat({ max: 30 }), (entries, cut) => {
      const whole = followEntries(verified, entries);
      t.deepEqual(whole.broken, []);
      t.like(entries.at(-1), { ...whole.reached });
      const first = followEntries(verified, entries.slice(0, cut));
      t.deepEqual(followEntries(first.reached, entries.slice(cut)).reached, whole.reached);
    }),
  );
});

test('one entry that is missing, doubled, or has another amount, balance or number is reported', (t) => {
  const damages: ((entries: NumberedEntry[], at: number) => NumberedEntry[])[] = [
    (entries, at) => entries.toSpliced(at, 1),
    (entries, at) => entries.toSpliced(at, 0, entries[at] as NumberedEntry),
    (entries, at) => entries.with(at, { ...entryAt(entries, at), amountMinor: 77n }),
    (entries, at) => entries.with(at, { ...entryAt(entries, at), balanceMinor: 12_345n }),
    (entries, at) => entries.with(at, { ...entryAt(entries, at), number: 999n }),
  ];
  fc.assert(
    fc.property(history, fc.nat(), fc.constantFrom(...damages), (entries, place, damage) => {
      const at = place % entries.length;
      const damaged = damage(entries, at);
      const { reached, broken } = followEntries(verified, damaged);
      // Without its last entry, a history follows; the stored balance then differs, unless that entry was zero.
      const isShortened = damaged.length < entries.length && at === entries.length - 1;
      t.true(isShortened ? reached.number < (entries.at(-1)?.number ?? 0n) : broken.length > 0);
    }),
  );
});

function entryAt(entries: readonly NumberedEntry[], at: number): NumberedEntry {
  return entries[at] as NumberedEntry;
}

function numbersOf(given: readonly EntryRange[]): string[] {
  return given.flatMap(({ accountId, from, through }) =>
    Array.from({ length: Number(through - from) + 1 }, (_, index) => `${accountId} ${from + BigInt(index)}`),
  );
}
