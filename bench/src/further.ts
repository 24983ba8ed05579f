import { setTimeout as sleep } from 'node:timers/promises';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import type { BenchBank } from './bench-bank.ts';
import { median } from './closed-loop.ts';
import { floodGoals } from './flood.ts';
import type { Goal } from './goals.ts';
import type { BenchOptions } from './options.ts';
import { jobOf, type Run } from './run.ts';
import type { BenchAccount } from './seed.ts';
import { compareTokenCheck } from './token-check.ts';

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
  const flood = await floodGoals(bench, accounts, options);
  const rates = runs.filter(({ name, spread }) => name === 'c' && spread === 'uniform');
  const decided = median(rates.map(({ done, seconds }) => done / seconds));
  return [
    goal('request with token check ÷ without', 0.9, tokenCheck),
    ...flood,
    goal('log entries stored ÷ transfers decided, per second', 1.2, (await storedPerSecond(bench)) / decided),
  ];
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
