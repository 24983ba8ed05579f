import { median, percentile } from './closed-loop.ts';
import type { CaseName, Run } from './run.ts';
import { printedTable, rounded } from './table.ts';

/** The results of a case over all rounds. */
export interface Figure {
  name: CaseName;
  spread: Run['spread'];
  batch: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  refused: number;
  /** CPU time per unit in microseconds. */
  cpuMicros: { service: number; database: number; nats: number; generator: number };
  /** The same of each process of the accounts service. */
  replicaCpuMicros: number[];
  /** How many cores were busy on average. */
  coresBusy: number;
  redoBytes: number;
  /** Units per commit of the database; null if it counted none. */
  perCommit: number | null;
  /** What a unit adds to the streams of events. */
  streamBytes: number;
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
  repeat: 'HTTP: the same requests repeated',
  guess: 'HTTP: sign-ins with wrong passwords',
};

export function figuresOf(runs: readonly Run[]): Figure[] {
  const groups = Map.groupBy(runs, ({ name, spread, batch }) => `${name} ${spread} ${batch}`);
  return [...groups.values()].map(figureOf);
}

function figureOf(group: readonly Run[]): Figure {
  const [{ name, spread, batch, replicaCpuSeconds }] = group as [Run];
  const sum = (value: (run: Run) => number) => group.reduce((total, run) => total + value(run), 0);
  const done = sum((run) => run.done);
  const latencies = Float64Array.from(group.flatMap((run) => [...run.latenciesMs])).sort();
  const micros = (value: (run: Run) => number) => Math.round((sum(value) / done) * 1e6);
  const commits = sum((run) => run.commits);
  return {
    name,
    spread,
    batch,
    perSecond: Math.round(median(group.map(({ done, seconds }) => done / seconds))),
    p50Ms: rounded(percentile(latencies, 0.5)),
    p99Ms: rounded(percentile(latencies, 0.99)),
    refused: sum((run) => run.refused),
    cpuMicros: {
      service: micros(serviceCpuSeconds),
      database: micros((run) => run.databaseCpuSeconds),
      nats: micros((run) => run.natsCpuSeconds),
      generator: micros((run) => run.generatorCpuSeconds),
    },
    replicaCpuMicros: replicaCpuSeconds.map((_, index) => micros((run) => run.replicaCpuSeconds[index] ?? 0)),
    coresBusy: rounded(sum(allCpuSeconds) / sum(({ seconds }) => seconds), 2),
    redoBytes: Math.round(sum((run) => run.redoBytes) / done),
    perCommit: commits === 0 ? null : rounded(done / commits),
    streamBytes: Math.round(sum((run) => run.streamBytes) / done),
    outboxLeft: Math.max(...group.map((run) => run.outboxLeft)),
  };
}

function serviceCpuSeconds({ replicaCpuSeconds }: Run): number {
  return replicaCpuSeconds.reduce((total, cpu) => total + cpu, 0);
}

function allCpuSeconds(run: Run): number {
  return serviceCpuSeconds(run) + run.databaseCpuSeconds + run.natsCpuSeconds + run.generatorCpuSeconds;
}

export function printedFigures(figures: readonly Figure[]): string {
  const speed = printedTable(
    ['case', 'accounts', 'per second', 'p50 ms', 'p99 ms', 'refused', 'outbox left'],
    figures.map((one) => [
      `${one.name.padEnd(2)} ${CASE_NAMES[one.name]}`,
      one.spread,
      one.perSecond,
      one.p50Ms,
      one.p99Ms,
      one.refused,
      one.outboxLeft,
    ]),
  );
  const cost = printedTable(
    [
      'per item',
      'accounts',
      'CPU µs: service',
      'database',
      'nats',
      'load',
      'cores busy',
      'redo bytes',
      'items per commit',
      'event bytes',
    ],
    figures.map((one) => [
      one.name,
      one.spread,
      one.cpuMicros.service,
      one.cpuMicros.database,
      one.cpuMicros.nats,
      one.cpuMicros.generator,
      one.coresBusy,
      one.redoBytes,
      one.perCommit ?? '–',
      one.streamBytes,
    ]),
  );
  return `${speed}\n\n${cost}`;
}
