import test from 'ava';
import { defaultRegistry, metrics } from './metrics.ts';

async function shown(name: string): Promise<string[]> {
  const text = await defaultRegistry.getSingleMetricAsString(name);
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('gauges that belong together are measured once per scrape', async (t) => {
  let measured = 0;
  metrics.gauges(
    { depth: { name: 'test_depth', help: 'x' }, age: { name: 'test_age', help: 'x' } },
    async () => {
      measured += 1;
      return { depth: 3, age: 1.5 };
    },
  );
  const text = await defaultRegistry.metrics();
  t.true(text.includes('\ntest_depth 3\n'));
  t.true(text.includes('\ntest_age 1.5\n'));
  t.is(measured, 1);
  await defaultRegistry.metrics();
  t.is(measured, 2);
});

test('a gauge that cannot be measured has no value instead of an old one', async (t) => {
  let broken = false;
  metrics.gauge({ name: 'test_fragile', help: 'x' }, () => {
    if (broken) throw new Error('the database is down');
    return 7;
  });
  t.deepEqual(await shown('test_fragile'), ['test_fragile 7']);
  broken = true;
  t.deepEqual(await shown('test_fragile'), []);
  broken = false;
  t.deepEqual(await shown('test_fragile'), ['test_fragile 7']);
});

test('a gauge with labels only has the values of this scrape', async (t) => {
  let measured: [{ kind: string }, number][] = [
    [{ kind: 'a' }, 1],
    [{ kind: 'b' }, 2],
  ];
  metrics.gauge({ name: 'test_kinds', help: 'x', labelNames: ['kind'] }, () => measured);
  t.deepEqual(await shown('test_kinds'), ['test_kinds{kind="a"} 1', 'test_kinds{kind="b"} 2']);
  measured = [[{ kind: 'c' }, 3]];
  t.deepEqual(await shown('test_kinds'), ['test_kinds{kind="c"} 3']);
});

test('a gauge without a value is absent', async (t) => {
  metrics.gauge({ name: 'test_absent', help: 'x' }, () => null);
  t.deepEqual(await shown('test_absent'), []);
});
