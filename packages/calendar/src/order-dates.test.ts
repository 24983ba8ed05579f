import { FREQUENCIES } from '@guichet/contract';
import test from 'ava';
import fc from 'fast-check';
import { executionDay, orderDate, orderDatesFrom, orderNumberFrom } from './index.ts';

const from = (every: (typeof FREQUENCIES)[number], firstOn: string, lastOn: string | null = null) => ({
  every,
  firstOn,
  lastOn,
});

test('each frequency counts from the first date', (t) => {
  t.deepEqual(orderDatesFrom(from('week', '2026-12-24'), 0, 3), ['2026-12-24', '2026-12-31', '2027-01-07']);
  t.deepEqual(orderDatesFrom(from('month', '2026-11-15'), 0, 3), ['2026-11-15', '2026-12-15', '2027-01-15']);
  t.deepEqual(orderDatesFrom(from('quarter', '2026-11-15'), 0, 3), [
    '2026-11-15',
    '2027-02-15',
    '2027-05-15',
  ]);
  t.deepEqual(orderDatesFrom(from('year', '2028-02-28'), 0, 3), ['2028-02-28', '2029-02-28', '2030-02-28']);
});

test('a month that lacks the day pays on its last one, and the next month has the day again', (t) => {
  const order = from('month', '2026-12-30');
  t.deepEqual(orderDatesFrom(order, 1, 3), ['2027-01-30', '2027-02-28', '2027-03-30']);
});

test('the end of a month stays the end of the month, and a week stays a week', (t) => {
  t.deepEqual(orderDatesFrom(from('month', '2027-02-28'), 0, 3), ['2027-02-28', '2027-03-31', '2027-04-30']);
  t.deepEqual(orderDatesFrom(from('year', '2027-02-28'), 0, 2), ['2027-02-28', '2028-02-29']);
  t.deepEqual(orderDatesFrom(from('quarter', '2026-11-30'), 0, 2), ['2026-11-30', '2027-02-28']);
  t.is(orderDate(from('week', '2026-11-30'), 1), '2026-12-07');
});

test('the last date is included', (t) => {
  const order = from('month', '2026-12-01', '2027-02-01');
  t.deepEqual(orderDatesFrom(order, 0, 5), ['2026-12-01', '2027-01-01', '2027-02-01']);
  t.deepEqual(orderDatesFrom(order, 3, 5), []);
});

test('dates rise, at most one falls into a period, and a date is found by its day', (t) => {
  const day = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
    .map((at) => at.toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, fc.constantFrom(...FREQUENCIES), fc.nat(60), (firstOn, every, number) => {
      const order = from(every, firstOn);
      const [date, next] = [orderDate(order, number), orderDate(order, number + 1)];
      t.true(date < next);
      t.is(orderNumberFrom(order, date), number);
      t.is(orderNumberFrom(order, next), number + 1);
      const months = (one: string) => Number(one.slice(0, 4)) * 12 + Number(one.slice(5, 7));
      if (every !== 'week') t.is(months(next) - months(date), { month: 1, quarter: 3, year: 12 }[every]);
      else t.is(Date.parse(next) - Date.parse(date), 7 * 86_400_000);
    }),
    { numRuns: 300 },
  );
});

test('money leaves for another bank on business days only', (t) => {
  t.is(executionDay('2026-12-25', true), '2026-12-28');
  t.is(executionDay('2026-12-25', false), '2026-12-25');
  t.is(executionDay('2026-11-30', true), '2026-11-30');
});
