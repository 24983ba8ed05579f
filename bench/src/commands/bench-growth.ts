import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { type BenchBank, openBenchBank } from '../bench-bank.ts';
import { type DatabaseFacts, printedFacts } from '../database-facts.ts';
import {
  measureBatches,
  measureSize,
  printedBatches,
  printedSizes,
  type SizeResult,
  seedBank,
} from '../growth.ts';
import { readGrowthOptions } from '../growth-options.ts';
import { figuresOf } from '../report.ts';
import type { Run } from '../run.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const options = readGrowthOptions(process.argv.slice(2));
const sizes: SizeResult[] = [];
let batches: Run[] = [];
let server: DatabaseFacts | null = null;

// Measures how rates change with the size of bulk requests, the number of accounts and of stored operations; each number of accounts on a temporary
// database of its own.
await runCli(async () => {
  const [fewest] = options.accounts;
  for (const count of options.accounts) {
    await withBank((bench) => measureAccounts(bench, count, count === fewest));
  }
  say(`\n${printedBatches(batches)}\n\n${printedSizes(sizes)}`);
  const report = {
    at: new Date().toISOString(),
    server,
    options,
    batches: figuresOf(batches),
    sizes: sizes.map(({ runs: _, ...size }) => size),
  };
  await writeFile(options.json, JSON.stringify(report, null, 2));
  return 0;
});

/** Everything in the bank with the fewest accounts; in the others only what depends on accounts. */
async function measureAccounts(bench: BenchBank, count: number, isFirst: boolean): Promise<void> {
  server = bench.server;
  say(`\n${printedFacts(bench.server)}\n${count} accounts`);
  const { accounts, seedSeconds } = await seedBank(bench, count);
  say(`  stored in ${Math.round(seedSeconds)} s`);
  for (const stored of isFirst ? options.stored : [count]) {
    say(`${stored} operations stored`);
    const result = await measureSize(bench, accounts, stored, options, { say, run: sayRun });
    sizes.push({ ...result, seedSeconds: result.seedSeconds + seedSeconds });
  }
  // Last, because the operations that are left over would count as stored ones.
  if (isFirst) batches = await measureBatches(bench, accounts, options, sayRun);
}

async function withBank(work: (bench: BenchBank) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, { database: options.database });
    try {
      await work(bench);
    } finally {
      await bench.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sayRun({ round, name, batch, done, seconds, refused, refusal }: Run): void {
  const size = name === 'f' ? ` of ${batch}` : '';
  const refusals = refusal === null ? '' : `  ${refused} refused: ${refusal}`;
  say(`  ${round} ${name}${size} ${String(Math.round(done / seconds)).padStart(6)}/s${refusals}`);
}
