import test from 'ava';
import { selectTests } from './select.ts';

test('each test file is in one section, and nothing runs beside a bank under load', async (t) => {
  const { unit, stories, underLoad } = await selectTests([]);
  const all = [...unit, ...stories, ...underLoad];
  t.is(new Set(all).size, all.length);
  t.deepEqual(
    underLoad.map((file) => /([\w-]+)\.test\.ts$/.exec(file)?.[1]),
    [
      ...['alerts', 'authority', 'crash', 'failover', 'faults', 'replicas', 'stream-full', 'upgrade'],
      ...['follow-primary', 'follow-writer', 'galera-cluster', 'group-cluster'],
    ],
  );
  t.true(stories.includes('e2e/src/demo.test.ts'));
  t.true(stories.every((file) => file.startsWith('e2e/')));
  for (const file of [
    'e2e/src/catalogue.test.ts',
    'e2e/src/faults/restarts.test.ts',
    'e2e/src/faults/tally.test.ts',
    'e2e/src/faults/table.test.ts',
  ])
    t.true(unit.includes(file), file);
});

test('only the files are selected whose path contains one of the given strings', async (t) => {
  const { unit, stories, underLoad } = await selectTests(['./e2e/src/demo', 'packages/iban/src/rib']);
  t.deepEqual([unit, stories, underLoad], [['packages/iban/src/rib.test.ts'], ['e2e/src/demo.test.ts'], []]);
});
