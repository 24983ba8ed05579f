import type { BenchBank } from './bench-bank.ts';
import { ratioOf } from './goals.ts';
import type { GrowthOptions } from './growth-options.ts';
import { type Figure, figuresOf } from './report.ts';
import { type Run, runRounds, type Step } from './run.ts';
import { type BenchAccount, seedAccounts, seedBareAccounts } from './seed.ts';
import { seedVolume } from './seed-volume.ts';
import { printedTable, rounded } from './table.ts';

/** What was measured in a bank of some size. */
export interface SizeResult {
  accounts: number;
  stored: number;
  /** How long its rows took to store. */
  seedSeconds: number;
  figures: readonly Figure[];
  runs: readonly Run[];
}

const SIZE_STEPS: readonly Step[] = (['b', 'c', 'd'] as const).map((name) => ({ name, spread: 'uniform' }));

/** Creates this many accounts, with the bare client's, and returns how long that took. */
export async function seedBank({ database, members, agents: [agent] }: BenchBank, count: number) {
  if (agent === undefined) throw new Error('the bench has no agent');
  const beganAt = performance.now();
  // As for stored operations: losing synthetic accounts in a power cut does not matter. `seedVolume` sets it back.
  await database.query('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
  const accounts = await seedAccounts(database, count, members, agent);
  await seedBareAccounts(database, count);
  return { accounts, seedSeconds: secondsSince(beganAt) };
}

/** Decides and requests in a bank with `stored` operations, and posts transfers as a bare client. */
export async function measureSize(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  stored: number,
  options: GrowthOptions,
  report: { say: (text: string) => void; run: (run: Run) => void },
): Promise<SizeResult> {
  const beganAt = performance.now();
  await seedVolume(bench.database, stored, report.say);
  const seedSeconds = secondsSince(beganAt);
  await bench.renewTokens();
  const runs = await runRounds(bench, accounts, SIZE_STEPS, options, report.run);
  return { accounts: accounts.length, stored, seedSeconds, runs, figures: figuresOf(runs) };
}

/** Decides in bulk requests of each size, and posts ready batches of 256 as a bare client. */
export async function measureBatches(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: GrowthOptions,
  report: (run: Run) => void,
): Promise<Run[]> {
  await bench.renewTokens();
  const bulks = options.batches.map((batch): Step => ({ name: 'f', spread: 'uniform', batch }));
  return runRounds(bench, accounts, [{ name: 'b3', spread: 'uniform' }, ...bulks], options, report);
}

export function printedBatches(runs: readonly Run[]): string {
  const figures = figuresOf(runs).filter(({ name }) => name === 'f');
  const [first] = figures;
  const rows = figures.map((one) => [
    one.batch,
    one.perSecond,
    ratioOf(runs, one, { name: 'b3' }, 3) ?? '–',
    first === undefined ? '–' : (ratioOf(runs, one, { name: 'f', batch: first.batch }) ?? '–'),
    one.cpuMicros.service,
    one.cpuMicros.database,
    one.perCommit ?? '–',
    one.p99Ms,
  ]);
  return printedTable(
    [
      'decisions in a request',
      'per second',
      '÷ b3',
      '÷ first',
      'CPU µs: service',
      'database',
      'items per commit',
      'p99 ms of a request',
    ],
    rows,
  );
}

export function printedSizes(results: readonly SizeResult[]): string {
  const [first] = results;
  const toBare = (result: SizeResult, name: 'c' | 'd') => ratioOf(result.runs, { name }, { name: 'b' }) ?? 0;
  const rows = results.map((result) => {
    const figure = (name: Run['name']) => result.figures.find((one) => one.name === name);
    const rates = (['b', 'c', 'd'] as const).map((name) => figure(name)?.perSecond ?? '–');
    const micros = (['b', 'c', 'd'] as const).map((name) => figure(name)?.cpuMicros.database ?? '–');
    const ratios = (['c', 'd'] as const).flatMap((name) => {
      const ratio = toBare(result, name);
      const before = first === undefined ? 0 : toBare(first, name);
      return [ratio, before === 0 ? '–' : rounded(ratio / before, 2)];
    });
    return [result.accounts, result.stored, Math.round(result.seedSeconds), ...rates, ...ratios, ...micros];
  });
  return printedTable(
    [
      'accounts',
      'stored operations',
      'seconds to store',
      'b per second',
      'c per second',
      'd per second',
      'c ÷ b',
      '÷ first',
      'd ÷ b',
      '÷ first',
      'database µs: b',
      'c',
      'd',
    ],
    rows,
  );
}

function secondsSince(beganAt: number): number {
  return (performance.now() - beganAt) / 1_000;
}
