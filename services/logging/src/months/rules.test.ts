import test from 'ava';
import { firstSequenceAt, MONTH_SEQUENCES, monthsLater, monthsToAdd, storedFrom } from './rules.ts';

const MONTHS = [
  { month: '2026-11', first: 0n },
  { month: '2026-12', first: 1_000_000_000n },
  { month: '2027-03', first: 2_000_000_000n },
];

test('months are counted over the ends of years', (t) => {
  t.is(monthsLater('2026-11', 2), '2027-01');
  t.is(monthsLater('2027-01', -1), '2026-12');
  t.is(monthsLater('2027-01', -13), '2025-12');
});

test('an entry belongs to the month in which it is stored, in UTC', (t) => {
  t.is(firstSequenceAt(MONTHS, new Date('2026-11-30T23:59:59.999Z')), 0n);
  t.is(firstSequenceAt(MONTHS, new Date('2026-12-01T00:00:00.000Z')), 1_000_000_000n);
  t.is(
    firstSequenceAt(MONTHS, new Date('2027-02-28T00:00:00.000Z')),
    1_000_000_000n,
    'which was not prepared',
  );
  t.is(firstSequenceAt(MONTHS, new Date('2030-01-01T00:00:00.000Z')), 2_000_000_000n);
  t.is(firstSequenceAt(MONTHS, new Date('2026-10-01T00:00:00.000Z')), 0n);
  t.is(firstSequenceAt([], new Date()), 0n);
});

test('an entry can be stored a little before the time of its event, by another clock', (t) => {
  t.is(storedFrom(MONTHS, new Date('2026-12-01T23:00:00.000Z')), 0n);
  t.is(storedFrom(MONTHS, new Date('2026-12-02T01:00:00.000Z')), 1_000_000_000n);
});

test('the months ahead are added, and none twice', (t) => {
  const now = new Date('2026-11-30T12:00:00Z');
  const added = monthsToAdd(null, { now, ahead: 2 });
  t.deepEqual(added, [
    { month: '2026-11', end: MONTH_SEQUENCES },
    { month: '2026-12', end: 2n * MONTH_SEQUENCES },
    { month: '2027-01', end: 3n * MONTH_SEQUENCES },
  ]);
  const last = added.at(-1) ?? null;
  t.deepEqual(monthsToAdd(last, { now, ahead: 2 }), []);
  t.deepEqual(monthsToAdd(last, { now: new Date('2026-12-01T00:00:00Z'), ahead: 2 }), [
    { month: '2027-02', end: 4n * MONTH_SEQUENCES },
  ]);
});

test('months that passed without being prepared are not added later', (t) => {
  const added = monthsToAdd(
    { month: '2026-11', end: MONTH_SEQUENCES },
    { now: new Date('2027-03-15T00:00:00Z'), ahead: 1 },
  );
  t.deepEqual(added, [
    { month: '2027-03', end: 2n * MONTH_SEQUENCES },
    { month: '2027-04', end: 3n * MONTH_SEQUENCES },
  ]);
});
