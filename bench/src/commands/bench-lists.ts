import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { type BenchBank, openBenchBank } from '../bench-bank.ts';
import { measureLists, seedLists } from '../lists.ts';
import { measureLog, seedLog } from '../log-lists.ts';
import type { PageMeasured } from '../measure-pages.ts';
import { type BenchOptions, readBenchOptions } from '../options.ts';
import { seedAccounts } from '../seed.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const GOAL_MS = 20;
const LOG_GOAL_MS = 100;

// Measures how long pages of the inbox, of histories and of the audit log take over HTTP with many stored rows, on a temporary database.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const measures = (part: string) => options.only.length === 0 || options.only.includes(part);
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, { database: options.database });
    try {
      if (measures('accounts')) await listAccounts(bench, options);
      if (measures('log')) await listLog(bench, options);
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function listAccounts(bench: BenchBank, options: BenchOptions): Promise<void> {
  const [agent] = bench.agents;
  if (agent === undefined) throw new Error('the bench has no agent');
  const stored = Math.max(...options.stored);
  const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
  await seedLists(bench, accounts, stored, say);
  await bench.renewTokens();
  sayHead(`${stored} operations stored`);
  sayGoal(await measureLists(bench, accounts, sayRow), GOAL_MS);
}

async function listLog(bench: BenchBank, options: BenchOptions): Promise<void> {
  // It does not verify the chain while it is measured.
  await bench.start('logging', { LOG_VERIFY_EVERY_SECONDS: '86400' });
  const log = await seedLog(bench, options.log, say);
  await bench.renewTokens();
  sayHead(`${options.log} log entries stored, ${Math.round(log.perSecond)} per second`);
  sayGoal(await measureLog(bench, log, sayRow), LOG_GOAL_MS);
}

function sayHead(title: string): void {
  say(`\n${title}\n\n| list | items | median ms | slowest ms | ÷ first list |\n|---|---|---|---|---|`);
}

function sayRow({ name, items, medianMs, slowestMs, toFirst }: PageMeasured): void {
  say(`| ${name} | ${items} | ${medianMs.toFixed(1)} | ${slowestMs.toFixed(1)} | ${toFirst.toFixed(1)} |`);
}

function sayGoal(measured: readonly PageMeasured[], goalMs: number): void {
  const slow = measured.filter(({ medianMs }) => medianMs > goalMs);
  say(`\n${measured.length - slow.length} of ${measured.length} have a median under ${goalMs} ms`);
}
