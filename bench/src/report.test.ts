import test from 'ava';
import { growthGoals, latencyGoals, memoryGoals, printedGoals, ratioGoals, ratioOf } from './goals.ts';
import { printedPeers } from './peers.ts';
import { printedReplicas } from './replicas.ts';
import { figuresOf } from './report.ts';
import { run } from './run.fixture.ts';

test('what an item costs is divided by what all rounds did', (t) => {
  const [figure] = figuresOf([
    run({ name: 'c', done: 100, redoBytes: 50_000, commits: 10, streamBytes: 1_000 }),
    run({ name: 'c', done: 300, redoBytes: 150_000, commits: 30, streamBytes: 3_000, round: 2 }),
  ]);
  t.deepEqual(figure?.cpuMicros, { service: 500, database: 500, nats: 0, generator: 0 });
  t.is(figure?.perSecond, 200);
  t.is(figure?.coresBusy, 0.2);
  t.is(figure?.redoBytes, 500);
  t.is(figure?.perCommit, 10);
  t.is(figure?.streamBytes, 10);
});

test('the processes of accounts are counted together and each alone', (t) => {
  const [figure] = figuresOf([run({ name: 'c', done: 1_000, replicaCpuSeconds: [0.1, 0.3] })]);
  t.is(figure?.cpuMicros.service, 400);
  t.deepEqual(figure?.replicaCpuMicros, [100, 300]);
});

test('bulk requests of different sizes are different cases', (t) => {
  const runs = [run({ name: 'f', done: 10, batch: 1 }), run({ name: 'f', done: 50, batch: 1_000 })];
  t.deepEqual(
    figuresOf(runs).map(({ batch, perSecond }) => [batch, perSecond]),
    [
      [1, 10],
      [1_000, 50],
    ],
  );
  t.is(ratioOf(runs, { name: 'f', batch: 1_000 }, { name: 'f', batch: 1 }), 5);
});

test('a ratio is the median of the rounds, in which the machine was equally fast for both', (t) => {
  const runs = [
    [100, 50],
    [1_000, 400],
    [10, 9],
  ].flatMap(([b = 0, c = 0], index) => [
    run({ name: 'b', done: b, round: index }),
    run({ name: 'c', done: c, round: index }),
  ]);
  t.is(ratioOf(runs, { name: 'c' }, { name: 'b' }), 0.5);
  t.is(ratioOf(runs, { name: 'c' }, { name: 'br' }), null);
});

test('a target that was reached says yes, one that was missed says NO, and one without figures is left out', (t) => {
  const runs = [run({ name: 'b', done: 100 }), run({ name: 'c', done: 61 })];
  const printed = printedGoals(ratioGoals(runs));
  t.regex(printed, /c ÷ b +\| +at least 0\.6 \| +0\.61 \| +yes/);
  t.notRegex(printed, /br/);
  t.regex(printedGoals(memoryGoals({ auth: 110, accounts: 111 })), /110 \| yes.*111 \| +NO/s);
});

test('the p99 of single requests has a target, that of bulk requests does not', (t) => {
  const slow = Float64Array.from([101]);
  const figures = figuresOf([
    run({ name: 'd', done: 1, latenciesMs: slow }),
    run({ name: 'f', done: 100, latenciesMs: slow }),
  ]);
  t.deepEqual(latencyGoals(figures), [
    { name: 'p99 of d, uniform, ms', bound: 'at most', target: 100, reached: 101 },
  ]);
});

test('a large bank is compared with a small one case by case', (t) => {
  const small = figuresOf([run({ name: 'c', done: 100 }), run({ name: 'd', done: 100 })]);
  const large = figuresOf([run({ name: 'c', done: 80 })]);
  t.deepEqual(growthGoals(small, large), [
    { name: 'c uniform, large ÷ small', bound: 'at least', target: 0.9, reached: 0.8 },
  ]);
});

test('more processes of accounts are compared by rate, and by the ratio to the bare client of their own run', (t) => {
  const result = (replicas: number, b: number, c: number) => {
    const runs = [
      run({ name: 'b', done: b }),
      run({ name: 'c', done: c, replicaCpuSeconds: Array.from({ length: replicas }, () => c / 1e4) }),
    ];
    return { replicas, runs, figures: figuresOf(runs) };
  };
  const printed = printedReplicas([result(1, 1_000, 400), result(2, 500, 300)]);
  const [, , first, second] = printed.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  t.deepEqual(first?.slice(1, 9), ['c', '1', '400', '1', '0.4', '1', '100', '100']);
  t.deepEqual(second?.slice(1, 9), ['c', '2', '300', '0.75', '0.6', '1.5', '200', '100 + 100']);
});

test("the peers' ratios stand beside those of the run, and say what was not recorded", (t) => {
  const runs = [run({ name: 'b', done: 1_000 }), run({ name: 'c', done: 412 })];
  const printed = printedPeers(runs, new Date('2026-11-29T12:00:00Z'));
  t.regex(printed, /Guichet +\| +this run \| +2026-11-29 \| +0\.412 \| +– /);
  t.regex(printed, /Blnk +\| not recorded \| not recorded \| +0\.083 /);
  t.regex(printed, /Formance +\| not recorded \| not recorded \| 0\.035–0\.047 /);
});
