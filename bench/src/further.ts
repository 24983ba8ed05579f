import { setTimeout as sleep } from 'node:timers/promises';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import type { BenchBank } from './bench-bank.ts';
import { median } from './closed-loop.ts';
import type { Goal } from './goals.ts';
import type { BenchOptions } from './options.ts';
import { jobOf, makeLoad, type Run, startGenerator, targetOf, usersOf } from './run.ts';
import { type BenchAccount, seedWaitingTransfers } from './seed.ts';
import { compareTokenCheck } from './token-check.ts';

const FLOOD_CONNECTIONS = 8;
const FLOOD_ROUNDS = 3;

/** Goals besides the cases: the cost of token checks, a flood of wrong passwords, and the speed of the log. */
export async function furtherGoals(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
  runs: readonly Run[],
): Promise<Goal[]> {
  const goal = (name: string, target: number, reached: number): Goal => ({
    name,
    bound: 'at least',
    target,
    reached: Math.round(reached * 100) / 100,
  });
  const tokenCheck = await compareTokenCheck(bench, jobOf(bench, accounts, options));
  const flood = await compareLoginFlood(bench, accounts, options);
  const rates = runs.filter(({ name, spread }) => name === 'c' && spread === 'uniform');
  const decided = median(rates.map(({ done, seconds }) => done / seconds));
  return [
    goal('request with token check ÷ without', 0.9, tokenCheck),
    goal('decisions during a flood of wrong passwords ÷ before', 0.6, flood),
    goal('log entries stored ÷ transfers decided, per second', 1.2, (await storedPerSecond(bench)) / decided),
  ];
}

/** The rate of decisions while eight clients guess passwords, divided by the rate without them; the median of several rounds. */
async function compareLoginFlood(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
): Promise<number> {
  const [deciding, flooding] = [startGenerator(usersOf(bench, accounts)), startGenerator()];
  const job = jobOf(bench, accounts, options);
  const perSecond = async (operationIds: string[]) => {
    const { done, seconds } = await makeLoad(deciding, { ...job, operationIds });
    return done / seconds;
  };
  const waiting = () => seedWaitingTransfers(bench.database, accounts, 9_000 * options.seconds, 'uniform');
  try {
    const ratios: number[] = [];
    for (let round = 0; round < FLOOD_ROUNDS; round += 1) {
      const [first, second] = [await waiting(), await waiting()];
      const before = await perSecond(first);
      const flood = makeLoad(flooding, {
        ...job,
        name: 'guess',
        seconds: options.seconds + 1,
        connections: FLOOD_CONNECTIONS,
        http: targetOf(bench, 'auth'),
      });
      await sleep(500);
      ratios.push((await perSecond(second)) / before);
      const { refused, refusal } = await flood;
      if (refused > 0) throw new Error(`unexpected reply to a wrong password: ${refusal}`);
    }
    return median(ratios);
  } finally {
    deciding.disconnect();
    flooding.disconnect();
  }
}

/** Starts the log service with all events so far waiting, and measures how fast it stores them. */
async function storedPerSecond(bench: BenchBank): Promise<number> {
  await bench.start('logging');
  const table = `${schemaOf('logging')}.log_entries`;
  const stored = async () => {
    const [rows] = await bench.database.query(`SELECT COALESCE(MAX(sequence), 0) AS n FROM ${table}`);
    return { n: Number((rows as { n: number }[])[0]?.n), at: performance.now() };
  };
  let first = await stored();
  for (let tries = 0; first.n === 0 && tries < 100; tries += 1) {
    await sleep(100);
    first = await stored();
  }
  const rates: number[] = [];
  for (let before = first; rates.length < 10; ) {
    await sleep(500);
    const now = await stored();
    if (now.n === before.n) break;
    rates.push(((now.n - before.n) / (now.at - before.at)) * 1_000);
    before = now;
  }
  return median(rates);
}
