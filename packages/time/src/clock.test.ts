import test from 'ava';
import { shiftedClock, systemClock } from './clock.ts';

test('a shifted clock runs like the system’s, with a constant difference', (t) => {
  const apart = (offset: number) => shiftedClock(offset)().getTime() - Date.now() - offset * 1_000;
  for (const offset of [-7_776_000, 0, 60]) t.true(Math.abs(apart(offset)) < 100);
  t.is(shiftedClock(0), systemClock);
});
