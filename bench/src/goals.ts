import { median } from './closed-loop.ts';
import type { Figure } from './report.ts';
import type { CaseName, Run } from './run.ts';
import { printedTable, rounded } from './table.ts';

/** A target, and the figure that was measured; null if the run did not measure it. */
export interface Goal {
  name: string;
  bound: 'at least' | 'at most';
  target: number;
  reached: number | null;
}

const P99_MS = 100;
const MEMORY_MIB = 110;
/** Half of what an operation took before its ids were stored as bytes. */
const BYTES_PER_OPERATION = 1_678;
/** Cases in which each request decides or requests one operation. */
const SINGLE_REQUESTS: readonly CaseName[] = ['c', 'ck', 'd', 'e'];

/** The targets for the ratio of two cases with the same spread, or of the two spreads of a case. */
export function ratioGoals(runs: readonly Run[]): Goal[] {
  const goal = (
    over: CaseName,
    under: CaseName,
    target: number,
    spread: Run['spread'] = 'uniform',
    underSpread = spread,
  ): Goal => ({
    name:
      over === under
        ? `${over} hot ÷ ${under} uniform`
        : `${over} ÷ ${under}${spread === 'hot' ? ', hot' : ''}`,
    bound: 'at least',
    target,
    reached: ratioOf(runs, { name: over, spread }, { name: under, spread: underSpread }),
  });
  return [
    goal('c', 'b', 0.6),
    goal('c', 'b', 1.2, 'hot'),
    goal('c', 'br', 1.2),
    goal('c', 'br', 1.2, 'hot'),
    goal('c', 'a', 2),
    goal('d', 'a', 1.5),
    goal('e', 'b2', 0.75),
    goal('f', 'b3', 0.35),
    ...(['c', 'd', 'e', 'f'] as const).map((name) => goal(name, name, 0.95, 'hot', 'uniform')),
  ];
}

export function latencyGoals(figures: readonly Figure[]): Goal[] {
  return figures
    .filter(({ name }) => SINGLE_REQUESTS.includes(name))
    .map(({ name, spread, p99Ms }) => ({
      name: `p99 of ${name}, ${spread}, ms`,
      bound: 'at most',
      target: P99_MS,
      reached: p99Ms,
    }));
}

export function memoryGoals(memoryMib: Readonly<Record<string, number>>): Goal[] {
  return Object.entries(memoryMib).map(([name, reached]) => ({
    name: `memory of ${name} at rest, MiB`,
    bound: 'at most',
    target: MEMORY_MIB,
    reached,
  }));
}

export function sizeGoal(bytesPerOperation: number): Goal {
  return {
    name: 'bytes per posted operation',
    bound: 'at most',
    target: BYTES_PER_OPERATION,
    reached: bytesPerOperation,
  };
}

/** The ratio of each case's rate in a large bank to that in a small one. */
export function growthGoals(small: readonly Figure[], large: readonly Figure[]): Goal[] {
  return large.flatMap((one) => {
    const before = small.find(({ name, spread }) => name === one.name && spread === one.spread);
    if (before === undefined) return [];
    const reached = rounded(one.perSecond / before.perSecond, 2);
    return [{ name: `${one.name} ${one.spread}, large ÷ small`, bound: 'at least', target: 0.9, reached }];
  });
}

type Wanted = Pick<Run, 'name'> & Partial<Pick<Run, 'spread' | 'batch'>>;

/** The median of the ratios within each round, which is least affected by a machine's varying speed; null without both cases. */
export function ratioOf(runs: readonly Run[], over: Wanted, under: Wanted, digits = 2): number | null {
  const find = ({ name, spread = 'uniform', batch }: Wanted, round: number) =>
    runs.find(
      (run) =>
        run.name === name &&
        run.spread === spread &&
        run.round === round &&
        (batch === undefined || run.batch === batch),
    );
  const ratios = [...new Set(runs.map(({ round }) => round))].flatMap((round) => {
    const [a, b] = [find(over, round), find(under, round)];
    return a === undefined || b === undefined ? [] : [a.done / a.seconds / (b.done / b.seconds)];
  });
  return ratios.length === 0 ? null : rounded(median(ratios), digits);
}

export function printedGoals(goals: readonly Goal[]): string {
  const rows = goals.flatMap(({ name, bound, target, reached }) => {
    if (reached === null) return [];
    const isReached = bound === 'at least' ? reached >= target : reached <= target;
    return [[name, `${bound} ${target}`, reached, isReached ? 'yes' : 'NO']];
  });
  return printedTable(['figure', 'target', 'reached', ''], rows);
}
