import test from 'ava';
import { readRate } from './rules.ts';

test('a rate is read as people write percentages, with at most two decimals', (t) => {
  const read = (typed: string) => {
    const rate = readRate(typed);
    return 'error' in rate ? rate.error : rate.basisPoints;
  };
  t.deepEqual(
    ['', '0', '2', '2.5', '2,50 %', '0,05', '100', '12.75%'].map(read),
    [0, 0, 200, 250, 250, 5, 10_000, 1_275],
  );
  for (const typed of ['-1', '2.505', '100.01', 'two', '1e3']) t.is(read(typed), 'rate_range', typed);
});
