import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '@guichet/cli';
import { type BenchBank, openBenchBank } from '../bench-bank.ts';
import { furtherGoals } from '../further.ts';
import { type BenchOptions, readBenchOptions } from '../options.ts';
import { createOwnRows } from '../own-rows.ts';
import { CASE_NAMES, figuresOf, goalsOf, growthGoals, printedFigures, printedGoals } from '../report.ts';
import { memoryMibOf } from '../resources.ts';
import { type Run, runRounds } from '../run.ts';
import { type BenchAccount, seedAccounts, seedBareAccounts } from '../seed.ts';
import { bytesPerOperation, seedVolume } from '../seed-volume.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

// Compares the bank with hand-written SQL on the same server in one run, on a temporary database.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, options.profile);
    try {
      return await measure(bench, options);
    } finally {
      await bench.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function measure(bench: BenchBank, options: BenchOptions): Promise<number> {
  const [agent] = bench.agents;
  if (agent === undefined) throw new Error('the bench has no agent');
  const memoryMib = await memoryAtRest(bench);
  const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
  await seedBareAccounts(bench.database, options.accounts);
  await createOwnRows(bench.database);
  const results = [];
  const runs: Run[] = [];
  for (const stored of options.stored) {
    const result = await measureStored(bench, accounts, options, stored);
    results.push(result.report);
    runs.push(...result.runs);
  }
  const [small, large] = [results[0], results.at(-1)];
  const growth = results.length < 2 ? [] : growthGoals(small?.figures ?? [], large?.figures ?? []);
  if (growth.length > 0) say(`\n${printedGoals(growth)}`);
  // With --only, just these cases are measured.
  const further = options.only.length > 0 ? [] : await furtherGoals(bench, accounts, options, runs);
  if (further.length > 0) say(`\n${printedGoals(further)}`);
  say(
    `\nMemory at rest, MiB: ${Object.entries(memoryMib)
      .map(([name, mib]) => `${name} ${mib}`)
      .join(', ')}`,
  );
  const report = { at: new Date().toISOString(), options, memoryMib, results, growth, further };
  await writeFile(options.json, JSON.stringify(report, null, 2));
  return 0;
}

async function measureStored(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
  stored: number,
) {
  await seedVolume(bench.database, stored, say);
  await bench.renewTokens();
  const bytes = await bytesPerOperation(bench.database);
  say(`\n${stored} operations stored, ${bytes} bytes each in the ledger's tables and indexes`);
  const runs = await runRounds(bench, accounts, options, (run) =>
    say(
      `  ${run.round} ${run.name.padEnd(2)} ${run.spread.padEnd(7)} ${String(Math.round(run.done / run.seconds)).padStart(6)}/s  ${CASE_NAMES[run.name]}${run.refusal === null ? '' : `  ${run.refused} refused: ${run.refusal}`}`,
    ),
  );
  const figures = figuresOf(runs);
  const goals = goalsOf(runs);
  say(`\n${printedFigures(figures)}\n\n${printedGoals(goals)}`);
  const reconciled = await reconcile(bench);
  say(
    `\nReconciled in ${reconciled.seconds} s: ${reconciled.ok ? 'the ledger reconciles' : reconciled.broken.join(', ')}`,
  );
  return { report: { stored, bytesPerOperation: bytes, figures, goals, reconciled }, runs };
}

/** The memory of the services a few seconds after their start. */
async function memoryAtRest({ bank }: BenchBank): Promise<Record<string, number>> {
  await sleep(5_000);
  return Object.fromEntries(
    ['auth', 'accounts'].map((name) => [name, memoryMibOf(bank.process(name).pid ?? 0)]),
  );
}

async function reconcile({ accounts, agents }: BenchBank) {
  const beganAt = performance.now();
  const { body } = await accounts.request({
    method: 'POST',
    path: '/api/ledger/reconciliation?full=true',
    headers: { authorization: `Bearer ${agents[0]?.token}` },
    timeoutMs: 300_000,
  });
  const { ok, checks } = body as { ok: boolean; checks: { name: string; ok: boolean }[] };
  return {
    ok,
    broken: checks.filter((check) => !check.ok).map(({ name }) => name),
    seconds: Math.round((performance.now() - beganAt) / 100) / 10,
  };
}
