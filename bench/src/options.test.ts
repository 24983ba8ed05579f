import { UserError } from '@guichet/cli';
import test from 'ava';
import { readGrowthOptions } from './growth-options.ts';
import { readBenchOptions } from './options.ts';

test('without arguments, a benchmark measures one process of accounts on the default server', (t) => {
  const { replicas, stored, database, only, profile } = readBenchOptions([]);
  t.deepEqual(
    { replicas, stored, database, only, profile },
    {
      replicas: [1],
      stored: [10_000],
      database: 'default',
      only: [],
      profile: null,
    },
  );
});

test('lists of numbers are separated by commas', (t) => {
  const options = readBenchOptions(['--replicas', '1,2,4', '--stored=10000,1000000', '--only', 'b,c']);
  t.deepEqual(options.replicas, [1, 2, 4]);
  t.deepEqual(options.stored, [10_000, 1_000_000]);
  t.deepEqual(options.only, ['b', 'c']);
});

test('sizes that grow are measured in ascending order', (t) => {
  t.deepEqual(readGrowthOptions(['--batches', '1000,1,10']).batches, [1, 10, 1_000]);
});

test('an invalid argument is refused with a sentence that names it', (t) => {
  for (const [args, message] of [
    [['--replicas', '0'], /--replicas 0 is not a positive number/],
    [['--replicas', '1.5'], /--replicas 1\.5 is not a whole number/],
    [['--replicas', ','], /--replicas needs at least one number/],
    [['--stored', '10000,many'], /--stored many is not a positive number/],
    [['--database', 'postgres'], /--database postgres is none of default, mysql/],
    [['--replica', '2'], /npm run bench -- \[options\]/],
  ] as const) {
    t.throws(() => readBenchOptions(args), { instanceOf: UserError, message });
  }
});
