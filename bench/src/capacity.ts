import type { DatabaseFacts } from './database-facts.ts';
import type { Figure } from './report.ts';
import { grouped, printedTable } from './table.ts';

/** What the capacity of a bank follows from: a report of the benchmark. */
export interface CapacityReport {
  at: string;
  server: DatabaseFacts;
  commitMs: number;
  results: readonly {
    stored: number;
    replicas: number;
    bytesPerOperation: number;
    figures: readonly Figure[];
  }[];
}

/** How busy a core is planned to be; the rest is for peaks, reads and the upkeep of the database. */
const BUSY = 0.7;
const CORES = [2, 4, 8, 16, 32];
/** Operations per second, averaged over a year. */
const RATES = [1, 10, 100, 1_000];
const SECONDS_PER_YEAR = 365 * 86_400;
const LOG_SECONDS = 30 * 86_400;
const GB = 1e9;
const MB = 1e6;
const MICROS = 1e6;

/** What one operation uses: a request and its approval, one by one or in bulk. */
interface Cost {
  name: string;
  databaseMicros: number;
  serviceMicros: number;
  natsMicros: number;
  redoBytes: number;
  eventBytes: number;
}

/** The tables of docs/capacity.md. @throws Error when the report lacks a case */
export function capacityTables(reports: readonly CapacityReport[]): string {
  const [report] = reports;
  if (report === undefined) throw new Error('there is no report');
  const { bytesPerOperation } = resultOf(report);
  const costs = costsOf(report);
  const [, whole, bulk] = costs;
  if (whole === undefined || bulk === undefined) throw new Error('the report has no operations');
  return [
    `Measured ${report.at.slice(0, 10)} on the 2-core machine of [performance.md](performance.md); the tables below the measurements follow from them.`,
    ...reports.map(measured),
    `An operation is requested once (d) and approved once (c, or f in bulk), so that it uses the sum of both. A core is planned to be ${BUSY * 100} % busy:`,
    printedTable(
      [
        'one operation',
        'database µs',
        'per second and core',
        'service µs',
        'per second and core',
        'NATS µs',
        'redo log, bytes',
        'events, bytes',
      ],
      costs.map((cost) => [
        cost.name,
        ...[
          cost.databaseMicros,
          perCore(cost.databaseMicros),
          cost.serviceMicros,
          perCore(cost.serviceMicros),
          cost.natsMicros,
          cost.redoBytes,
          cost.eventBytes,
        ].map((value) => grouped(value)),
      ]),
    ),
    `Operations per second = cores × ${BUSY} × 1 000 000 ÷ µs. The other columns multiply that rate by what one operation uses:`,
    printedTable(
      [
        'cores of the database',
        'operations per second, approved one by one',
        'in bulk',
        'cores of accounts, one by one',
        'in bulk',
        'cores of NATS',
        'redo log, MB per second',
        'events, MB per second',
      ],
      CORES.map((cores) => {
        const [single, bulks] = [cores * perCore(whole.databaseMicros), cores * perCore(bulk.databaseMicros)];
        return [
          cores,
          single,
          bulks,
          single / perCore(whole.serviceMicros),
          bulks / perCore(bulk.serviceMicros),
          single / perCore(whole.natsMicros),
          (single * whole.redoBytes) / MB,
          (single * whole.eventBytes) / MB,
        ].map((value) => grouped(value));
      }),
    ),
    `A posted operation takes ${grouped(bytesPerOperation)} bytes in the tables and indexes of accounts. A year has ${grouped(SECONDS_PER_YEAR)} seconds, and the stream of the log keeps 30 days:`,
    printedTable(
      [
        'operations per second, on average',
        'operations a year',
        'ledger, GB a year',
        'stream of the log, GB',
      ],
      RATES.map((rate) =>
        [
          rate,
          rate * SECONDS_PER_YEAR,
          (rate * SECONDS_PER_YEAR * bytesPerOperation) / GB,
          (rate * LOG_SECONDS * whole.eventBytes) / GB,
        ].map((value) => grouped(value, 0)),
      ),
    ),
    `A durable commit of one row took ${grouped(report.commitMs, 2)} ms. A client that waits for each commit posts ${grouped(1_000 / report.commitMs, 0)} transfers per second at most; in batches of 256, as many commits carry 256 times as many.`,
  ].join('\n\n');
}

function measured(report: CapacityReport): string {
  const { stored, figures } = resultOf(report);
  const shown = figures.filter(({ name }) => ['b', 'b3', 'c', 'd', 'e', 'f'].includes(name));
  const table = printedTable(
    [
      'case',
      'accounts',
      'per second on both cores',
      'CPU µs: service',
      'database',
      'NATS',
      'redo log, bytes',
      'events, bytes',
      'items per commit',
    ],
    shown.map((one) => [
      one.name,
      one.spread,
      ...[
        one.perSecond,
        one.cpuMicros.service,
        one.cpuMicros.database,
        one.cpuMicros.nats,
        one.redoBytes,
        one.streamBytes,
        one.perCommit ?? 0,
      ].map((value) => grouped(value)),
    ]),
  );
  return `${report.server.version}, ${grouped(stored)} operations stored:\n\n${table}`;
}

function costsOf(report: CapacityReport): Cost[] {
  const figure = (wanted: Figure['name']) => {
    const found = resultOf(report).figures.find(
      ({ name, spread }) => name === wanted && spread === 'uniform',
    );
    if (found === undefined) throw new Error(`the report lacks case ${wanted}`);
    return found;
  };
  const sum = (name: string, cases: readonly Figure['name'][]): Cost => {
    const total = (value: (figure: Figure) => number) =>
      cases.reduce((all, one) => all + value(figure(one)), 0);
    return {
      name,
      databaseMicros: total(({ cpuMicros }) => cpuMicros.database),
      serviceMicros: total(({ cpuMicros }) => cpuMicros.service),
      natsMicros: total(({ cpuMicros }) => cpuMicros.nats),
      redoBytes: total(({ redoBytes }) => redoBytes),
      eventBytes: total(({ streamBytes }) => streamBytes),
    };
  };
  return [
    sum('a decision alone (c)', ['c']),
    sum('requested and approved (d + c)', ['d', 'c']),
    sum('requested, and approved in bulk (d + f)', ['d', 'f']),
  ];
}

function perCore(micros: number): number {
  return Math.round((BUSY * MICROS) / Math.max(micros, 1));
}

/** The largest bank that was measured with one process of accounts. */
function resultOf({ results }: CapacityReport): CapacityReport['results'][number] {
  const found = results.findLast(({ replicas }) => replicas === 1);
  if (found === undefined) throw new Error('the report lacks a run with one process of accounts');
  return found;
}
