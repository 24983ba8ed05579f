import test from 'ava';
import { printedBatches, printedSizes, type SizeResult } from './growth.ts';
import { figuresOf } from './report.ts';
import { run } from './run.fixture.ts';

const cellsOf = (printed: string) =>
  printed
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));

test('bulk requests are compared with the bare batches of the same run, and with the smallest ones', (t) => {
  const runs = [
    run({ name: 'b3', done: 10_000 }),
    run({ name: 'f', done: 1_000, batch: 1, commits: 50 }),
    run({ name: 'f', done: 2_500, batch: 100, commits: 10 }),
  ];
  const [one, hundred] = cellsOf(printedBatches(runs));
  t.deepEqual(one?.slice(1, 8), ['1', '1000', '0.1', '1', '100', '100', '20']);
  t.deepEqual(hundred?.slice(1, 8), ['100', '2500', '0.25', '2.5', '40', '40', '250']);
});

test('sizes are compared by the ratio to the bare client, since the machine is not equally fast for both', (t) => {
  const size = (accounts: number, b: number, c: number, d: number): SizeResult => {
    const runs = [run({ name: 'b', done: b }), run({ name: 'c', done: c }), run({ name: 'd', done: d })];
    return { accounts, stored: accounts, seedSeconds: 4.4, runs, figures: figuresOf(runs) };
  };
  const [small, large] = cellsOf(
    printedSizes([size(10_000, 1_000, 500, 400), size(1_000_000, 500, 200, 200)]),
  );
  t.deepEqual(small?.slice(1, 11), ['10000', '10000', '4', '1000', '500', '400', '0.5', '1', '0.4', '1']);
  t.deepEqual(large?.slice(1, 11), [
    '1000000',
    '1000000',
    '4',
    '500',
    '200',
    '200',
    '0.4',
    '0.8',
    '0.4',
    '1',
  ]);
});
