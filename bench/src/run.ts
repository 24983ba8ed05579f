import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BARE_CASES, type Spread } from './bare-client.ts';
import type { BenchBank } from './bench-bank.ts';
import type { Measured } from './closed-loop.ts';
import type { Job } from './generator.ts';
import type { BenchOptions } from './options.ts';
import { cpuSecondsOf } from './resources.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';

export type CaseName = Job['name'];

/** In the order of a round. Bare cases and ours alternate, so that changes of the machine's speed affect both. */
const CASES: readonly CaseName[] = ['b', 'c', 'br', 'a', 'd', 'b2', 'e', 'b3', 'f', 'ck', 'h'];
const SPREADS: readonly Spread[] = ['uniform', 'hot'];

/** One case of one round. */
export interface Run extends Measured {
  name: CaseName;
  spread: Spread;
  round: number;
  generatorCpuSeconds: number;
  /** CPU seconds of the processes during the case. */
  serviceCpuSeconds: number;
  databaseCpuSeconds: number;
  natsCpuSeconds: number;
  /** Events in the outbox at the end of the load, and the seconds until JetStream had all of them. */
  outboxLeft: number;
  outboxSeconds: number;
}

/** More than a case can decide in a second, so that none runs out of operations. */
const DECISIONS_PER_SECOND: Readonly<Partial<Record<CaseName, number>>> = {
  br: 9_000,
  c: 9_000,
  ck: 9_000,
  f: 18_000,
};

/** Runs every case in every round and reports each. */
export async function runRounds(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
  report: (run: Run) => void,
): Promise<Run[]> {
  const generator = startGenerator();
  const cases = CASES.filter((name) => options.only.length === 0 || options.only.includes(name));
  const runs: Run[] = [];
  try {
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const spread of SPREADS) {
        for (const name of cases) {
          // The first round is a warm-up.
          const seconds = round === 0 ? 1 : options.seconds;
          const run = await runCase(bench, generator, accounts, { name, spread, seconds, round }, options);
          if (round === 0) continue;
          runs.push(run);
          report(run);
        }
      }
    }
    return runs;
  } finally {
    generator.disconnect();
  }
}

/** Starts a load generator in its own process. */
export function startGenerator(): ChildProcess {
  return fork(fileURLToPath(new URL('generator.ts', import.meta.url)), { serialization: 'advanced' });
}

/** Runs one job in the load generator. */
export async function makeLoad(
  generator: ChildProcess,
  job: Job,
): Promise<Measured & { generatorCpuSeconds: number }> {
  generator.send(job);
  const [measured] = await once(generator, 'message');
  return measured as Measured & { generatorCpuSeconds: number };
}

async function runCase(
  bench: BenchBank,
  generator: ChildProcess,
  accounts: readonly BenchAccount[],
  wanted: { name: CaseName; spread: Spread; seconds: number; round: number },
  options: BenchOptions,
): Promise<Run> {
  const { name, spread, seconds, round } = wanted;
  const perSecond = DECISIONS_PER_SECOND[name] ?? 0;
  const operationIds =
    perSecond === 0
      ? []
      : await seedWaitingTransfers(
          bench.database,
          accounts,
          Math.ceil(perSecond * seconds),
          spread,
          name === 'br' ? 'own_rows.' : '',
        );
  // The load generator takes ids from the end, and the oldest must be decided first.
  operationIds.reverse();
  await waitForEmptyOutbox(bench);
  const job: Job = {
    ...jobOf(bench, accounts, options),
    name,
    spread,
    seconds,
    operationIds,
  };
  const processes = ['accounts', 'database', 'nats'].map((one) => bench.bank.process(one).pid ?? 0);
  const before = processes.map(cpuSecondsOf);
  const measured = await makeLoad(generator, job);
  const after = processes.map(cpuSecondsOf);
  const [service, database, nats] = after.map((cpu, index) => cpu - (before[index] ?? 0));
  const isBare = (BARE_CASES as readonly string[]).includes(name);
  return {
    ...measured,
    name,
    spread,
    round,
    serviceCpuSeconds: service ?? 0,
    databaseCpuSeconds: database ?? 0,
    natsCpuSeconds: nats ?? 0,
    ...(isBare ? { outboxLeft: 0, outboxSeconds: 0 } : await waitForEmptyOutbox(bench)),
  };
}

/** The common settings of all jobs. */
export function jobOf(bench: BenchBank, accounts: readonly BenchAccount[], options: BenchOptions): Job {
  return {
    name: 'c',
    spread: 'uniform',
    seconds: options.seconds,
    connections: options.connections,
    accounts: accounts.length,
    bare: bench.bare,
    http: targetOf(bench, 'accounts'),
    users: {
      agentTokens: bench.agents.map(({ token }) => token),
      members: bench.members.map(({ id, token }) => {
        const own = accounts.filter(({ ownerId }) => ownerId === id);
        return { token, accountIds: own.map((one) => one.id), ibans: own.map(({ iban }) => iban) };
      }),
      ibans: accounts.map(({ iban }) => iban),
    },
    operationIds: [],
  };
}

/** The address of a service, for a client with the frontend's certificate. */
export function targetOf({ bank, folder }: BenchBank, service: 'auth' | 'accounts'): Job['http'] {
  return {
    name: service,
    port: bank.settings.ports[service],
    tlsFolder: join(folder, 'tls', 'frontend'),
  };
}

/** Waits until JetStream has every event, because the rest would slow down the next case. */
async function waitForEmptyOutbox(bench: BenchBank): Promise<{ outboxLeft: number; outboxSeconds: number }> {
  const beganAt = performance.now();
  let outboxLeft: number | null = null;
  for (;;) {
    const [rows] = await bench.database.query(
      'SELECT COALESCE(SUM(events), 0) AS n FROM outbox WHERE published_at IS NULL',
    );
    const left = Number((rows as { n: number }[])[0]?.n);
    outboxLeft ??= left;
    if (left === 0) return { outboxLeft, outboxSeconds: (performance.now() - beganAt) / 1_000 };
    await sleep(50);
  }
}
