import { median, percentile } from './closed-loop.ts';
import type { CaseName, Run } from './run.ts';

/** The results of a case over all rounds. */
export interface Figure {
  name: CaseName;
  spread: Run['spread'];
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  refused: number;
  /** CPU time per unit in microseconds. */
  cpuMicros: { service: number; database: number; nats: number; generator: number };
  outboxLeft: number;
}

export const CASE_NAMES: Readonly<Record<CaseName, string>> = {
  a: 'bare client, eight statements',
  b: 'bare client, one procedure',
  br: 'bare client, one procedure, the bank’s own rows',
  b2: 'bare client, hold and post',
  b3: 'bare client, batches of 256',
  c: 'HTTP: decide',
  ck: 'HTTP: decide, with Idempotency-Key',
  d: 'HTTP: request',
  e: 'HTTP: request and decide',
  f: 'HTTP: bulk decisions of 100',
  h: 'HTTPS only, no token and no database',
  repeat: 'HTTP: the same request repeated',
  guess: 'HTTP: sign-ins with wrong passwords',
};

export function figuresOf(runs: readonly Run[]): Figure[] {
  const groups = Map.groupBy(runs, ({ name, spread }) => `${name} ${spread}`);
  return [...groups.values()].map((group) => {
    const [{ name, spread }] = group as [Run];
    const sum = (value: (run: Run) => number) => group.reduce((total, run) => total + value(run), 0);
    const done = sum((run) => run.done);
    const latencies = Float64Array.from(group.flatMap((run) => [...run.latenciesMs])).sort();
    const micros = (value: (run: Run) => number) => Math.round((sum(value) / done) * 1e6);
    return {
      name,
      spread,
      perSecond: Math.round(median(group.map((run) => run.done / run.seconds))),
      p50Ms: round(percentile(latencies, 0.5)),
      p99Ms: round(percentile(latencies, 0.99)),
      refused: sum((run) => run.refused),
      cpuMicros: {
        service: micros((run) => run.serviceCpuSeconds),
        database: micros((run) => run.databaseCpuSeconds),
        nats: micros((run) => run.natsCpuSeconds),
        generator: micros((run) => run.generatorCpuSeconds),
      },
      outboxLeft: Math.max(...group.map((run) => run.outboxLeft)),
    };
  });
}

/** A target for the ratio of two cases with the same spread, or of the two spreads of a case. */
export interface Goal {
  name: string;
  atLeast: number;
  reached: number | null;
}

export function goalsOf(runs: readonly Run[]): Goal[] {
  const goal = (
    over: CaseName,
    under: CaseName,
    atLeast: number,
    spread: Run['spread'] = 'uniform',
    underSpread = spread,
  ): Goal => ({
    name:
      over === under
        ? `${over} hot ÷ ${under} uniform`
        : `${over} ÷ ${under}${spread === 'hot' ? ', hot' : ''}`,
    atLeast,
    reached: ratioOf(runs, { name: over, spread }, { name: under, spread: underSpread }),
  });
  return [
    goal('c', 'b', 0.6),
    goal('c', 'a', 2),
    goal('d', 'a', 1.5),
    goal('e', 'b2', 0.75),
    goal('f', 'b3', 0.35),
    ...(['c', 'd', 'e', 'f'] as const).map((name) => goal(name, name, 0.95, 'hot', 'uniform')),
    goal('c', 'b', 1.2, 'hot'),
    goal('c', 'br', 1.2),
    goal('c', 'br', 1.2, 'hot'),
  ];
}

/** The median of the ratios within each round, which is least affected by a machine's varying speed. */
function ratioOf(
  runs: readonly Run[],
  over: Pick<Run, 'name' | 'spread'>,
  under: Pick<Run, 'name' | 'spread'>,
): number | null {
  const find = (wanted: Pick<Run, 'name' | 'spread'>, round: number) =>
    runs.find((run) => run.name === wanted.name && run.spread === wanted.spread && run.round === round);
  const ratios = [...new Set(runs.map(({ round }) => round))].flatMap((round) => {
    const [a, b] = [find(over, round), find(under, round)];
    return a === undefined || b === undefined ? [] : [a.done / a.seconds / (b.done / b.seconds)];
  });
  return ratios.length === 0 ? null : Math.round(median(ratios) * 100) / 100;
}

export function printedFigures(figures: readonly Figure[]): string {
  const header = [
    'case',
    'accounts',
    'per second',
    'p50 ms',
    'p99 ms',
    'refused',
    'CPU µs: service',
    'database',
    'nats',
    'load',
    'outbox left',
  ];
  const rows = figures.map((one) => [
    `${one.name.padEnd(2)} ${CASE_NAMES[one.name]}`,
    one.spread,
    one.perSecond,
    one.p50Ms,
    one.p99Ms,
    one.refused,
    one.cpuMicros.service,
    one.cpuMicros.database,
    one.cpuMicros.nats,
    one.cpuMicros.generator,
    one.outboxLeft,
  ]);
  return printedTable(header, rows);
}

export function printedGoals(goals: readonly Goal[]): string {
  const rows = goals
    .filter(({ reached }) => reached !== null)
    .map(({ name, atLeast, reached }) => [
      name,
      atLeast,
      reached ?? '',
      (reached ?? 0) >= atLeast ? 'yes' : 'NO',
    ]);
  return printedTable(['ratio', 'at least', 'reached', ''], rows);
}

/** The ratio of each case's rate in a large bank to that in a small one, which should be at least 0.9. */
export function growthGoals(small: readonly Figure[], large: readonly Figure[]): Goal[] {
  return large.flatMap((one) => {
    const before = small.find(({ name, spread }) => name === one.name && spread === one.spread);
    if (before === undefined) return [];
    const reached = Math.round((one.perSecond / before.perSecond) * 100) / 100;
    return [{ name: `${one.name} ${one.spread}, large ÷ small`, atLeast: 0.9, reached }];
  });
}

/** A table in Markdown, its columns aligned. */
function printedTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const print = (line: readonly string[]) =>
    `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [print(lines[0] ?? []), rule, ...lines.slice(1).map(print)].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
