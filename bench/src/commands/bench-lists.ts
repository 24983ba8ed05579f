import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { type BenchBank, openBenchBank } from '../bench-bank.ts';
import { measureLists, seedLists } from '../lists.ts';
import { measureExport, measureVerification } from '../log-export.ts';
import { measureLog, seedLog } from '../log-lists.ts';
import type { PageMeasured } from '../measure-pages.ts';
import { type BenchOptions, readBenchOptions } from '../options.ts';
import { seedAccounts } from '../seed.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const GOAL_MS = 20;
const LOG_GOALS_MS = { page: 50, chart: 100 };

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
  say(`\n${options.log} log entries stored, ${Math.round(log.perSecond)} per second\n`);
  say('| page or chart | items | p50 ms | p95 ms | goal ms | |\n|---|---|---|---|---|---|');
  const measured = await measureLog(bench, log, sayLogRow);
  const within = measured.filter((one) => one.medianMs <= goalOf(one));
  say(`\n${within.length} of ${measured.length} have a median within their goal\n`);
  say(
    '| export of all entries | lines | MiB | seconds | memory before, MiB | at most | after |\n|---|---|---|---|---|---|---|',
  );
  const pid = bench.bank.process('logging').pid ?? 0;
  for (const format of ['csv', 'ndjson'] as const) {
    const { lines, mib, seconds, memoryMib } = await measureExport(bench, { format, pid });
    const { before, most, after } = memoryMib;
    say(`| ${format} | ${lines} | ${mib} | ${seconds.toFixed(1)} | ${before} | ${most} | ${after} |`);
  }
  const { checked, seconds } = await measureVerification(bench);
  say(`\nVerifying ${checked} entries took ${seconds.toFixed(1)} s`);
}

function goalOf({ name }: PageMeasured): number {
  return name.startsWith('chart') ? LOG_GOALS_MS.chart : LOG_GOALS_MS.page;
}

function sayLogRow(measured: PageMeasured): void {
  const { name, items, medianMs, p95Ms } = measured;
  const goal = goalOf(measured);
  const mark = medianMs > goal ? '**over**' : '';
  say(`| ${name} | ${items} | ${medianMs.toFixed(1)} | ${p95Ms.toFixed(1)} | ${goal} | ${mark} |`);
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
