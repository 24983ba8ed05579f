import test from 'ava';
import { shiftedClock, systemClock } from './clock.ts';

test('a shifted clock runs like the system’s, with a constant difference', (t) => {
  for (const offset of [-7_776_000, 0, 60]) {
    const before = Date.now();
    const shiftedBack = shiftedClock(offset)().getTime() - offset * 1_000;
    t.true(before <= shiftedBack && shiftedBack <= Date.now());
  }
  t.is(shiftedClock(0), systemClock);
});
