import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { openBenchBank } from '../bench-bank.ts';
import { readBenchOptions } from '../options.ts';
import { seedAccounts } from '../seed.ts';
import { printedTable } from '../table.ts';
import { measureTracing, offNanos } from '../tracing.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

// Measures what decisions over HTTP cost with and without a collector of traces, interleaved in one run, and what a call costs while nothing is recorded.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const nanos = Object.entries(await offNanos());
  say(
    `Off, without a collector:\n\n${printedTable(
      ['call', 'ns'],
      nanos.map(([call, ns]) => [call, Math.round(ns)]),
    )}\n`,
  );
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, { database: options.database });
    try {
      const [agent] = bench.agents;
      if (agent === undefined) throw new Error('the bench has no agent');
      const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
      const figures = await measureTracing(bench, accounts, options, say);
      const [off] = figures;
      const rows = figures.map(({ mode, perSecond, p99Ms, cpuMicros, memoryMib }) => [
        mode,
        Math.round(perSecond),
        (perSecond / (off?.perSecond ?? 1)).toFixed(2),
        p99Ms.toFixed(1),
        Math.round(cpuMicros),
        (cpuMicros / (off?.cpuMicros ?? 1)).toFixed(2),
        memoryMib,
      ]);
      const header = ['recorded', 'decisions/s', '÷ off', 'p99 ms', 'CPU µs each', '÷ off', 'memory MiB'];
      say(`\n${printedTable(header, rows)}`);
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
