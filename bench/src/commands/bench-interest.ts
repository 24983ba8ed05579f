import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { openBenchBank } from '../bench-bank.ts';
import { measureInterest, measureRun } from '../interest.ts';
import { readBenchOptions } from '../options.ts';
import { seedAccounts } from '../seed.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const DAYS = 30;

// Measures how long the interest of all accounts takes for each day, and how long the interest run of a month, on a temporary database, while the bank is otherwise idle.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, { database: options.database });
    try {
      const [agent] = bench.agents;
      if (agent === undefined) throw new Error('the bench has no agent');
      await seedAccounts(bench.database, options.accounts, bench.members, agent);
      const { accounts, days, seconds } = await measureInterest(bench, DAYS);
      say(
        `${accounts} accounts, ${days} days: ${seconds.toFixed(1)} s, ${(seconds / days).toFixed(2)} s a day`,
      );
      await bench.renewTokens();
      const run = await measureRun(bench);
      say(
        `Interest run of ${run.lines} lines: requested in ${run.requestSeconds.toFixed(1)} s, posted in ${run.postSeconds.toFixed(1)} s`,
      );
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
