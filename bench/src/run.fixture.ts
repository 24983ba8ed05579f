import type { Run } from './run.ts';

/** A case of a second in which one process of accounts and the database use a tenth of it. */
export function run(changes: Partial<Run> & Pick<Run, 'name' | 'done'>): Run {
  return {
    spread: 'uniform',
    batch: 100,
    round: 1,
    refused: 0,
    seconds: 1,
    latenciesMs: Float64Array.from([10]),
    refusal: null,
    generatorCpuSeconds: 0,
    replicaCpuSeconds: [0.1],
    databaseCpuSeconds: 0.1,
    natsCpuSeconds: 0,
    redoBytes: 0,
    commits: 0,
    streamBytes: 0,
    outboxLeft: 0,
    outboxSeconds: 0,
    ...changes,
  };
}
