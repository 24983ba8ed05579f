import test from 'ava';
import fc from 'fast-check';
import { createCalendar, monthSchema, timeOrDate, timeZoneSchema } from './index.ts';

const paris = createCalendar('Europe/Paris');
const hours = ({ from, to }: { from: Date; to: Date }) => (to.getTime() - from.getTime()) / 3_600_000;

test('a bare date is the bank’s whole day, which is included if it is `to`', (t) => {
  const { from, to } = paris.period({ from: '2026-10-31', to: '2026-10-31' });
  t.is(from?.toISOString(), '2026-10-30T23:00:00.000Z');
  t.is(to?.toISOString(), '2026-10-31T23:00:00.000Z');
});

test('a time is exact to the millisecond, whatever its offset; an omitted side is open', (t) => {
  const { from, to } = paris.period({ from: '2026-10-31T12:00:00.123+02:00', to: '2026-10-31T10:00:00.5Z' });
  t.is(from?.toISOString(), '2026-10-31T10:00:00.123Z');
  t.is(to?.toISOString(), '2026-10-31T10:00:00.500Z');
  t.deepEqual(paris.period({}), { from: null, to: null });
});

test('the days when the clocks change have 23 and 25 hours', (t) => {
  const spring = paris.dayOf(new Date('2026-03-29T12:00:00Z'));
  t.is(spring.from.toISOString(), '2026-03-28T23:00:00.000Z');
  t.is(hours(spring), 23);
  const autumn = paris.dayOf(new Date('2026-10-25T12:00:00Z'));
  t.is(autumn.from.toISOString(), '2026-10-24T22:00:00.000Z');
  t.is(hours(autumn), 25);
  t.is(paris.period({ from: '2026-10-25', to: '2026-10-25' }).to?.toISOString(), '2026-10-25T23:00:00.000Z');
  t.is(paris.instant('2026-03-29').toISOString(), '2026-03-29T21:59:59.999Z');
  t.is(paris.instant('2026-03-29T22:00:00Z').toISOString(), '2026-03-29T22:00:00.000Z');
});

test('months follow one another without a gap, leap years and clock changes included', (t) => {
  t.is(hours(paris.month('2026-03')), 31 * 24 - 1);
  t.is(hours(paris.month('2026-10')), 31 * 24 + 1);
  t.is(hours(paris.month('2028-02')), 29 * 24);
  t.deepEqual(paris.month('2026-12').to, paris.month('2027-01').from);
  t.is(paris.monthOf(new Date('2026-10-31T22:59:59Z')), '2026-10');
  t.is(paris.monthOf(new Date('2026-10-31T23:00:00Z')), '2026-11');
  t.is(paris.dateOf(new Date('2026-10-31T23:00:00Z')), '2026-11-01');
});

test('if a day begins at one in the morning, the next day still begins at midnight', (t) => {
  const saoPaulo = createCalendar('America/Sao_Paulo');
  const day = saoPaulo.dayOf(new Date('2018-11-04T12:00:00-02:00'));
  t.is(day.from.toISOString(), '2018-11-04T03:00:00.000Z');
  t.is(day.to.toISOString(), '2018-11-05T02:00:00.000Z');
  t.is(saoPaulo.period({ to: '2018-11-04' }).to?.toISOString(), '2018-11-05T02:00:00.000Z');
});

test('if midnight occurs twice, the day begins with the first', (t) => {
  const havana = createCalendar('America/Havana');
  const day = { from: new Date('2026-11-01T04:00:00Z'), to: new Date('2026-11-02T05:00:00Z') };
  for (const time of ['2026-11-01T04:30:00Z', '2026-11-01T05:30:00Z', '2026-11-02T03:53:07Z']) {
    t.deepEqual(createCalendar('America/Havana').dayOf(new Date(time)), day, time);
  }
  t.deepEqual(havana.period({ from: '2026-11-01', to: '2026-11-01' }), day);
  const second = '2026-11-01T00:30:00-05:00';
  t.deepEqual(havana.instant(second), new Date(second), 'a time with its offset is exact');
  t.deepEqual(havana.month('2026-11').from, day.from);
  t.deepEqual(havana.month('2026-10').to, day.from);
});

test('every instant is within its day and its month, and there are no gaps between days', (t) => {
  const time = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });
  const zone = fc.constantFrom(
    'Europe/Paris',
    'America/Sao_Paulo',
    'Africa/Cairo',
    'Asia/Kathmandu',
    'America/Havana',
    'UTC',
  );
  fc.assert(
    fc.property(time, zone, (at, name) => {
      const calendar = createCalendar(name);
      const day = calendar.dayOf(at);
      t.true(day.from <= at && at < day.to);
      t.deepEqual(calendar.dayOf(day.to).from, day.to);
      const month = calendar.month(calendar.monthOf(at));
      t.true(month.from <= day.from && day.to <= month.to);
    }),
    { numRuns: 300 },
  );
});

test('a day is the same whichever days were asked for before', (t) => {
  const zone = fc.constantFrom('Europe/Paris', 'America/Sao_Paulo', 'Africa/Cairo', 'America/Havana', 'UTC');
  // Instants around a change of the clocks, within three days and to the millisecond at the ends of days.
  const change = fc.constantFrom(
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2018-11-04T03:00Z',
    '2026-11-01T05:00Z',
  );
  const offset = fc.oneof(
    fc.integer({ min: -72 * 3_600_000, max: 72 * 3_600_000 }),
    fc
      .tuple(fc.integer({ min: -72, max: 72 }), fc.integer({ min: -1, max: 1 }))
      .map(([h, ms]) => h * 3_600_000 + ms),
  );
  fc.assert(
    fc.property(zone, change, fc.array(offset, { minLength: 2, maxLength: 20 }), (name, at, offsets) => {
      const calendar = createCalendar(name);
      for (const ms of offsets) {
        const instant = new Date(Date.parse(at) + ms);
        t.deepEqual(calendar.dayOf(instant), createCalendar(name).dayOf(instant), instant.toISOString());
      }
    }),
    { numRuns: 1_000 },
  );
  const { from } = paris.dayOf(new Date('2026-10-31T12:00:00Z'));
  from.setTime(0);
  t.is(paris.dayOf(new Date('2026-10-31T12:00:00Z')).from.toISOString(), '2026-10-30T23:00:00.000Z');
});

test('a query accepts only existing dates and RFC 3339 times', (t) => {
  for (const good of [
    '2026-10-31',
    '2026-10-31T12:00:00Z',
    '2026-10-31T12:00:00.123456+02:00',
    '2028-02-29',
  ]) {
    t.true(timeOrDate.safeParse(good).success, good);
  }
  for (const bad of [
    '',
    'today',
    '2026',
    '2026-10',
    '2026-02-29',
    '2026-13-01',
    '2026-10-31T12:00:00',
    '2026-10-31 12:00:00Z',
    '2026-10-31T25:00:00Z',
    '20261031',
    '2026-W44-6',
    '0000-01-01',
    '9999-12-31',
    '2026-10-31T12:00:00Z; DROP TABLE x',
  ]) {
    t.false(timeOrDate.safeParse(bad).success, bad);
  }
});

test('a malformed month or time zone is refused', (t) => {
  t.true(monthSchema.safeParse('2026-10').success);
  for (const bad of ['2026-13', '2026-00', '2026-1', '26-10', '2026-10-01'])
    t.false(monthSchema.safeParse(bad).success);
  t.true(timeZoneSchema.safeParse('Europe/Paris').success);
  t.false(timeZoneSchema.safeParse('Mars/Olympus').success);
});
