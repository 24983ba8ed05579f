import test from 'ava';
import { startDay } from './start-day.ts';

test('a day at the bank: salary, rent, batch, return, interest, webhook, and everything reconciles', async (t) => {
  t.timeout(600_000);
  const told: string[] = [];
  const { checks } = await startDay((text) => told.push(text));
  t.is(told.length, 8);
  t.true(checks.length > 10 && checks.every(({ ok }) => ok));
});
