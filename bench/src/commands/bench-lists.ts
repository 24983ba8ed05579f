import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { openBenchBank } from '../bench-bank.ts';
import { measureLists, seedLists } from '../lists.ts';
import { readBenchOptions } from '../options.ts';
import { seedAccounts } from '../seed.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const GOAL_MS = 20;

// Measures how long pages of the inbox and of histories take over HTTP with many stored operations, on a temporary database.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const stored = Math.max(...options.stored);
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, null);
    try {
      const [agent] = bench.agents;
      if (agent === undefined) throw new Error('the bench has no agent');
      const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
      await seedLists(bench, accounts, stored, say);
      await bench.renewTokens();
      say(`\n${stored} operations stored\n\n| list | items | median ms | slowest ms |\n|---|---|---|---|`);
      const measured = await measureLists(bench, accounts, ({ name, items, medianMs, slowestMs }) =>
        say(`| ${name} | ${items} | ${medianMs.toFixed(1)} | ${slowestMs.toFixed(1)} |`),
      );
      const slow = measured.filter(({ medianMs }) => medianMs > GOAL_MS);
      say(`\n${measured.length - slow.length} of ${measured.length} have a median under ${GOAL_MS} ms`);
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
