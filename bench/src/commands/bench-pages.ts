import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { openBenchBank } from '../bench-bank.ts';
import { type BenchOptions, readBenchOptions } from '../options.ts';
import { openVisitors } from '../page-visitors.ts';
import { PAGE_NAMES, pageFiguresOf, printedPages, runPages } from '../pages.ts';
import { seedAccounts } from '../seed.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const GOAL_PER_CPU_SECOND = 500;
const ACCOUNTS_EACH = 3;

// Measures how many pages the frontend answers in a second of its CPU time, on a temporary database.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, { database: options.database });
    try {
      const { members, agents, database } = bench;
      const [agent] = agents;
      if (agent === undefined) throw new Error('the bench has no agent');
      await Promise.all([bench.start('logging'), bench.start('frontend', profiled(options))]);
      const accounts = await seedAccounts(database, members.length * ACCOUNTS_EACH, members, agent);
      const visitors = await openVisitors(bench, accounts);
      const pages = PAGE_NAMES.filter((name) => options.only.length === 0 || options.only.includes(name));
      const runs = await runPages(bench, visitors, pages, options, ({ page, round, done, cpuSeconds }) =>
        say(`  ${round} ${page.padEnd(9)} ${Math.round(done / cpuSeconds.frontend)} per second and core`),
      );
      const figures = pageFiguresOf(runs);
      say(`\n${printedPages(figures)}`);
      const dashboard = figures.find(({ page }) => page === 'dashboard')?.perCpuSecond.all;
      if (dashboard !== undefined)
        say(
          `\nThe dashboard: ${dashboard} per second and core, at least ${GOAL_PER_CPU_SECOND} are the target`,
        );
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function profiled({ profile }: BenchOptions): Record<string, string> {
  return profile === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` };
}
