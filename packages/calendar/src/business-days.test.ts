import test from 'ava';
import fc from 'fast-check';
import {
  daysAfter,
  isBusinessDay,
  isOrderDate,
  lastMonthOver,
  nextBusinessDay,
  orderDates,
} from './index.ts';

test('weekends and the closing days of T2 are no business days', (t) => {
  // 2026: Easter is on 5 April. 2027: 28 March. 2030: 21 April. 2038: 25 April, the latest possible.
  for (const closed of [
    '2026-01-01',
    '2026-04-03',
    '2026-04-06',
    '2026-05-01',
    '2026-12-25',
    '2026-12-26',
    '2026-11-28',
    '2026-11-29',
    '2027-03-26',
    '2027-03-29',
    '2030-04-19',
    '2030-04-22',
    '2038-04-23',
    '2038-04-26',
  ])
    t.false(isBusinessDay(closed), closed);
  // Public holidays in France on which euro payments settle.
  for (const open of ['2026-04-02', '2026-04-07', '2026-05-08', '2026-07-14', '2026-11-11', '2026-11-30'])
    t.true(isBusinessDay(open), open);
});

test('the next business day skips what lies between', (t) => {
  t.is(nextBusinessDay('2026-11-27'), '2026-11-30');
  t.is(nextBusinessDay('2026-11-30'), '2026-12-01');
  t.is(nextBusinessDay('2026-04-02'), '2026-04-07');
  t.is(nextBusinessDay('2026-12-24'), '2026-12-28');
  t.is(nextBusinessDay('2026-12-31'), '2027-01-04');
});

test('from any day, the next business day is at most five days ahead', (t) => {
  const date = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(date, (at) => {
      const day = at.toISOString().slice(0, 10);
      const next = nextBusinessDay(day);
      t.true(isBusinessDay(next));
      t.true(Date.parse(next) - Date.parse(day) <= 5 * 86_400_000);
    }),
  );
});

test('an order can be given from the next day until a year ahead', (t) => {
  t.deepEqual(orderDates('2026-12-31'), { first: '2027-01-01', last: '2027-12-31' });
  t.is(orderDates('2028-02-29').last, '2029-02-28');
  t.true(isOrderDate('2027-01-01', '2026-12-31'));
  for (const date of ['2026-12-31', '2028-01-01', '2027-1-1', '2027-02-30', '2027-04-32', 'tomorrow', ''])
    t.false(isOrderDate(date, '2026-12-31'), date);
});

test('days are counted over the ends of months and years', (t) => {
  t.is(daysAfter('2026-12-31', 1), '2027-01-01');
  t.is(daysAfter('2028-03-01', -1), '2028-02-29');
  t.is(daysAfter('2026-11-30', 0), '2026-11-30');
});

test('a month counts as over from the second day after it', (t) => {
  t.is(lastMonthOver('2026-11-30'), '2026-10');
  t.is(lastMonthOver('2026-12-01'), '2026-10', 'the last day of November may not be added up yet');
  t.is(lastMonthOver('2026-12-02'), '2026-11');
  t.is(lastMonthOver('2027-01-01'), '2026-11');
  t.is(lastMonthOver('2027-01-02'), '2026-12');
});
