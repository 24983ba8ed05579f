import { createCalendar } from '@guichet/calendar';
import { LOG_BUCKETS } from '@guichet/contract/logging';
import { join, queryOnce, select, sql } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import fc from 'fast-check';
import { isOfHours, numberBuckets, numberOf, startOf } from './bucket-numbers-store.ts';
import { bucketsOf } from './rules.ts';

const { db, drop } = await testDatabase({ pool: 1 });
test.after.always(drop);

const QUARTER_MS = 900_000;
/** Days that begin at whole hours, at other quarters, and on which the clocks change by an hour or by half an hour. */
const ZONES = ['UTC', 'Europe/Paris', 'America/Havana', 'Asia/Kathmandu', 'Australia/Lord_Howe'];
const FIRST = Date.parse('2026-03-27T20:00:00Z');
const QUARTERS = 12 * 96;

test('the database numbers the buckets of any zone as the charts divide time', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      fc.constantFrom(...LOG_BUCKETS),
      fc.array(fc.nat(QUARTERS), { minLength: 1, maxLength: 60 }),
      async (zone, bucket, quarters) => {
        const calendar = createCalendar(zone);
        const slots = quarters
          .toSorted((a, b) => a - b)
          .map((quarter) => ({ slotStart: new Date(FIRST + quarter * QUARTER_MS) }));
        const numbers = numberBuckets(bucket, calendar, slots);
        // The last moment of a slot is in the same bucket, except for a chart by minute.
        const laterMs = bucket === 'minute' ? 59_999 : QUARTER_MS - 1;
        const times = slots.flatMap(({ slotStart }) => [slotStart, new Date(slotStart.getTime() + laterMs)]);
        const numbered = times.map(
          (time) =>
            sql`SELECT ${numberOf(sql`TIMESTAMPDIFF(MINUTE, '1970-01-01', ${time})`, numbers)} AS number`,
        );
        const rows = await queryOnce(
          db,
          select<{ number: bigint | number }>(sql`${join(numbered, sql` UNION ALL `)}`),
        );
        const bucketOf = bucketsOf(bucket, calendar);
        t.deepEqual(
          rows.map(({ number }) => startOf(Number(number), numbers)),
          times.map((time) => bucketOf(time).from),
          `${zone} ${bucket}`,
        );
      },
    ),
    { numRuns: 100 },
  );
});

test('hours that are those of UTC have their own numbers, so that no list of them is sent', (t) => {
  const slots = [{ slotStart: new Date(FIRST) }, { slotStart: new Date(FIRST + QUARTERS * QUARTER_MS) }];
  const numbersIn = (zone: string, bucket: 'hour' | 'day') =>
    numberBuckets(bucket, createCalendar(zone), slots);
  t.deepEqual(numbersIn('Europe/Paris', 'hour'), { minutes: 60 });
  t.true(isOfHours(numbersIn('Europe/Paris', 'day')));
  for (const zone of ['Asia/Kathmandu', 'Australia/Lord_Howe']) {
    t.false(isOfHours(numbersIn(zone, 'day')), zone);
    t.false(isOfHours(numbersIn(zone, 'hour')), zone);
  }
});
