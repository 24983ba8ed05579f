import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { openBenchBank } from '../bench-bank.ts';
import { readBenchOptions } from '../options.ts';
import { measureReconciliation } from '../reconciliation.ts';
import { seedAccounts } from '../seed.ts';
import { seedVolume } from '../seed-volume.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const GOAL_SECONDS = 1;

// Measures how long reconciliation takes over HTTP with many stored operations, on a temporary database: all of them, and what is new.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const stored = Math.max(...options.stored);
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, { database: options.database });
    try {
      const [agent] = bench.agents;
      if (agent === undefined) throw new Error('the bench has no agent');
      const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
      await seedVolume(bench.database, stored, say);
      await bench.renewTokens();
      say(
        `\n${stored} operations stored in ${options.accounts} accounts\n\n| run | checked | seconds |\n|---|--:|--:|`,
      );
      const runs = await measureReconciliation(bench, accounts, ({ name, checked, seconds }) =>
        say(`| ${name} | ${checked} | ${seconds.toFixed(2)} |`),
      );
      const slow = runs.filter(({ isFull, seconds }) => !isFull && seconds > GOAL_SECONDS);
      say(`\n${slow.length === 0 ? 'Every' : 'Not every'} run of what is new took at most ${GOAL_SECONDS} s`);
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
