import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BARE_CASES, type Spread } from './bare-client.ts';
import type { BenchBank } from './bench-bank.ts';
import type { Measured } from './closed-loop.ts';
import type { Job } from './generator.ts';
import { DECISIONS_PER_CALL, type HttpUsers } from './http-cases.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';
import { readUsage, type Usage, usedBetween } from './usage.ts';

export type CaseName = Job['name'];

/** A case as a round runs it. */
export interface Step {
  name: CaseName;
  spread: Spread;
  /** Decisions in a bulk request; 100 by default. */
  batch?: number;
}

/** In the order of a round. Bare cases and ours alternate, so that changes of the machine's speed affect both. */
const CASES: readonly CaseName[] = ['b', 'c', 'br', 'a', 'd', 'b2', 'e', 'b3', 'f', 'ck', 'h'];
const SPREADS: readonly Spread[] = ['uniform', 'hot'];

/** The cases of a round, with each spread; all of them if `only` is empty. */
export function stepsOf(only: readonly string[]): Step[] {
  const cases = CASES.filter((name) => only.length === 0 || only.includes(name));
  return SPREADS.flatMap((spread) => cases.map((name) => ({ name, spread })));
}

/** How long rounds take, how many there are, and with how much load. */
export interface Rounds {
  seconds: number;
  rounds: number;
  connections: number;
}

/** One case of one round, and what the processes used during it. */
export interface Run extends Measured, Usage {
  name: CaseName;
  spread: Spread;
  batch: number;
  round: number;
  generatorCpuSeconds: number;
  /** Events in the outbox at the end of the load, and the seconds until JetStream had all of them. */
  outboxLeft: number;
  outboxSeconds: number;
}

/** What a case decides in a second before its own rate is known: more than a machine of this kind can. */
const FIRST_RATES: Readonly<Partial<Record<CaseName, number>>> = {
  br: 9_000,
  c: 9_000,
  ck: 9_000,
  f: 18_000,
};
/** How many more operations wait than were decided in as many seconds before, so that no case runs out of them. */
const SPARE = 1.7;
/** Bulk requests that begin just before the end. */
const SPARE_BATCHES = 8;
/** As many as 32 connections with 100 decisions each: fewer than the service lets wait. */
const MAX_WAITING = 3_200;

/** Runs every step in every round and reports each. */
export async function runRounds(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  steps: readonly Step[],
  rounds: Rounds,
  report: (run: Run) => void,
): Promise<Run[]> {
  const generator = startGenerator(usersOf(bench, accounts));
  const runs: Run[] = [];
  const rates = new Map<Step, number>();
  try {
    for (let round = 0; round <= rounds.rounds; round += 1) {
      for (const step of steps) {
        // The first round is a warm-up, in which each process of accounts gets the requests of a second.
        const seconds = round === 0 ? bench.replicas.length : rounds.seconds;
        const rate = rates.get(step) ?? FIRST_RATES[step.name] ?? 0;
        const run = await runStep(bench, generator, accounts, step, { ...rounds, seconds, rate });
        if (rate > 0)
          rates.set(step, SPARE * Math.max(run.done / run.seconds, (rates.get(step) ?? 0) / SPARE));
        if (round === 0) continue;
        runs.push({ ...run, round });
        report({ ...run, round });
      }
    }
    return runs;
  } finally {
    generator.disconnect();
  }
}

/** Starts a load generator in its own process. The users are sent only once, since a large bank has many. */
export function startGenerator(users: HttpUsers = { agentTokens: [], members: [], ibans: [] }): ChildProcess {
  const generator = fork(fileURLToPath(new URL('generator.ts', import.meta.url)), {
    serialization: 'advanced',
  });
  generator.send({ users });
  return generator;
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

async function runStep(
  bench: BenchBank,
  generator: ChildProcess,
  accounts: readonly BenchAccount[],
  { name, spread, batch = DECISIONS_PER_CALL }: Step,
  { seconds, connections, rate }: Omit<Rounds, 'rounds'> & { rate: number },
): Promise<Omit<Run, 'round'>> {
  const spare = name === 'f' ? batch * SPARE_BATCHES : 0;
  const operationIds =
    rate === 0
      ? []
      : await seedWaitingTransfers(
          bench.database,
          accounts,
          Math.ceil(rate * seconds) + spare,
          spread,
          name === 'br' ? 'own_rows.' : '',
        );
  // The load generator takes ids from the end, and the oldest must be decided first.
  operationIds.reverse();
  await waitForEmptyOutbox(bench);
  const most = name === 'f' ? Math.max(1, Math.floor(MAX_WAITING / batch)) : connections;
  const job: Job = {
    ...jobOf(bench, accounts, { seconds, connections: Math.min(connections, most) }),
    name,
    spread,
    batch,
    operationIds,
  };
  const before = await readUsage(bench);
  const measured = await makeLoad(generator, job);
  const after = await readUsage(bench);
  const isBare = (BARE_CASES as readonly string[]).includes(name);
  const outbox = isBare ? { outboxLeft: 0, outboxSeconds: 0 } : await waitForEmptyOutbox(bench);
  // Some of its events are published after the load.
  const { streamBytes } = isBare ? after : await readUsage(bench);
  return { ...measured, name, spread, batch, ...usedBetween(before, { ...after, streamBytes }), ...outbox };
}

/** The common settings of all jobs. */
export function jobOf(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  { seconds, connections }: { seconds: number; connections: number },
): Job {
  return {
    name: 'c',
    spread: 'uniform',
    batch: DECISIONS_PER_CALL,
    seconds,
    connections,
    accounts: accounts.length,
    bare: bench.bare,
    http: { ...targetOf(bench, 'accounts'), ports: bench.replicas.map(({ port }) => port) },
    operationIds: [],
  };
}

/** The users that send requests, with their accounts. */
export function usersOf(bench: BenchBank, accounts: readonly BenchAccount[]): HttpUsers {
  const byOwner = Map.groupBy(accounts, ({ ownerId }) => ownerId);
  return {
    agentTokens: bench.agents.map(({ token }) => token),
    members: bench.members.map(({ id, token }) => {
      const own = byOwner.get(id) ?? [];
      return { token, accountIds: own.map((one) => one.id), ibans: own.map(({ iban }) => iban) };
    }),
    ibans: accounts.map(({ iban }) => iban),
  };
}

/** The address of a service, for a client with the frontend's certificate. */
export function targetOf({ bank, folder }: BenchBank, service: 'auth' | 'accounts'): Job['http'] {
  return {
    name: service,
    ports: [bank.settings.ports[service]],
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
