import { ratioOf } from './goals.ts';
import type { Figure } from './report.ts';
import type { Run } from './run.ts';
import { printedTable, rounded } from './table.ts';

/** A run with some number of processes of the accounts service. */
export interface ReplicaResult {
  replicas: number;
  figures: readonly Figure[];
  runs: readonly Run[];
}

const CASES: readonly Run['name'][] = ['c', 'd', 'e', 'f'];

/** How each case's rate and cost change with the number of processes. Case b of the same run shows how fast the machine was. */
export function printedReplicas(results: readonly ReplicaResult[]): string {
  const rows = results.flatMap(({ replicas, figures, runs }) =>
    figures
      .filter(({ name, spread }) => CASES.includes(name) && spread === 'uniform')
      .map((one) => {
        const first = results[0]?.figures.find(
          ({ name, spread }) => name === one.name && spread === 'uniform',
        );
        const toBare = ratioOf(runs, one, { name: 'b' });
        const firstToBare = ratioOf(results[0]?.runs ?? [], { name: one.name }, { name: 'b' });
        const isComparable = toBare !== null && firstToBare !== null;
        return [
          one.name,
          replicas,
          one.perSecond,
          rounded(one.perSecond / (first?.perSecond ?? 1), 2),
          toBare ?? '–',
          isComparable ? rounded(toBare / firstToBare, 2) : '–',
          one.cpuMicros.service,
          one.replicaCpuMicros.join(' + '),
          one.cpuMicros.database,
          one.perCommit ?? '–',
          one.coresBusy,
        ];
      }),
  );
  return printedTable(
    [
      'case',
      'processes',
      'per second',
      '÷ first',
      '÷ b',
      '÷ b, ÷ first',
      'CPU µs: service',
      'of each process',
      'database',
      'items per commit',
      'cores busy',
    ],
    rows,
  );
}
