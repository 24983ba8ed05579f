import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCli } from '@guichet/cli';
import { SERVICES } from '@guichet/contract';
import { type BenchBank, openBenchBank } from '../bench-bank.ts';
import { commitLatencyMs } from '../commit-latency.ts';
import { printedFacts } from '../database-facts.ts';
import { floodGoals } from '../flood.ts';
import { furtherGoals } from '../further.ts';
import {
  type Goal,
  growthGoals,
  latencyGoals,
  memoryGoals,
  printedGoals,
  ratioGoals,
  sizeGoal,
} from '../goals.ts';
import { logDelayGoals } from '../log-delay.ts';
import { type BenchOptions, readBenchOptions } from '../options.ts';
import { createOwnRows } from '../own-rows.ts';
import { printedPeers } from '../peers.ts';
import { printedReplicas } from '../replicas.ts';
import { CASE_NAMES, figuresOf, printedFigures } from '../report.ts';
import { memoryMibOf } from '../resources.ts';
import { type Run, runRounds, stepsOf } from '../run.ts';
import { type BenchAccount, seedAccounts, seedBareAccounts } from '../seed.ts';
import { bytesPerOperation, seedVolume } from '../seed-volume.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

// Compares the bank with hand-written SQL on the same server in one run, on a temporary database.
await runCli(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, options);
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
  say(`\n${printedFacts(bench.server)}`);
  const memoryMib = await memoryAtRest(bench);
  const commitMs = await commitLatencyMs(bench.bare);
  say(`\nA durable commit of one row takes ${commitMs.toFixed(2)} ms`);
  const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
  await seedBareAccounts(bench.database, options.accounts);
  await createOwnRows(bench.database);
  const results = [];
  for (const stored of options.stored) {
    await seedVolume(bench.database, stored, say);
    const bytes = await bytesPerOperation(bench.database);
    const compared = [];
    for (const replicas of options.replicas) {
      await bench.setReplicas(replicas);
      compared.push(
        await measureStored(bench, accounts, options, { stored, bytesPerOperation: bytes, replicas }),
      );
    }
    if (compared.length > 1) say(`\n${printedReplicas(compared)}`);
    const reconciled = await reconcile(bench);
    say(
      `\nReconciled in ${reconciled.seconds} s: ${reconciled.ok ? 'the ledger reconciles' : reconciled.broken.join(', ')}`,
    );
    results.push(...compared.map((one) => ({ ...one, reconciled })));
  }
  const growth = growthBetween(results);
  if (growth.length > 0) say(`\n${printedGoals(growth)}`);
  const runs = results.flatMap((one) => one.runs);
  const further = await measureFurther(bench, accounts, options, runs);
  const memory = memoryGoals(memoryMib);
  say(`\n${printedGoals([...further, ...memory])}`);
  const report = {
    at: new Date().toISOString(),
    server: bench.server,
    options,
    memoryMib,
    commitMs,
    results: results.map(({ runs: _, ...result }) => result),
    growth,
    further,
  };
  await writeFile(options.json, JSON.stringify(report, null, 2));
  return 0;
}

async function measureStored(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
  { stored, bytesPerOperation, replicas }: { stored: number; bytesPerOperation: number; replicas: number },
) {
  await bench.renewTokens();
  const processes = replicas === 1 ? '' : `, ${replicas} processes of accounts`;
  say(
    `\n${stored} operations stored, ${bytesPerOperation} bytes each in the ledger's tables and indexes${processes}`,
  );
  const runs = await runRounds(bench, accounts, stepsOf(options.only), options, sayRun);
  const figures = figuresOf(runs);
  const goals = [...ratioGoals(runs), ...latencyGoals(figures), sizeGoal(bytesPerOperation)];
  say(`\n${printedFigures(figures)}\n\n${printedGoals(goals)}\n\n${printedPeers(runs, new Date())}`);
  return { stored, replicas, bytesPerOperation, figures, goals, runs };
}

/** With --only, just the named cases are measured. */
async function measureFurther(
  bench: BenchBank,
  accounts: readonly BenchAccount[],
  options: BenchOptions,
  runs: readonly Run[],
): Promise<Goal[]> {
  const isWanted = (name: string) => options.only.length === 0 || options.only.includes(name);
  const further = options.only.length === 0 ? await furtherGoals(bench, accounts, options, runs) : [];
  const flood = options.only.includes('flood') ? await floodGoals(bench, accounts, options) : [];
  const delay = isWanted('log-delay') ? await logDelayGoals(bench, accounts, options, say) : [];
  return [...further, ...flood, ...delay];
}

function sayRun({ round, name, spread, done, seconds, refused, refusal }: Run): void {
  const perSecond = String(Math.round(done / seconds)).padStart(6);
  const refusals = refusal === null ? '' : `  ${refused} refused: ${refusal}`;
  say(`  ${round} ${name.padEnd(2)} ${spread.padEnd(7)} ${perSecond}/s  ${CASE_NAMES[name]}${refusals}`);
}

/** Of the smallest bank and the largest, with the same number of processes. */
function growthBetween(results: readonly Awaited<ReturnType<typeof measureStored>>[]) {
  const [small, last] = [results[0], results.at(-1)];
  const large = results.findLast(({ replicas }) => replicas === small?.replicas);
  return small === undefined || large === undefined || small.stored === last?.stored
    ? []
    : growthGoals(small.figures, large.figures);
}

/**
 * The memory of the services a few seconds after their start. They are restarted first, because an image has the compiled code of
 * every module, and a process that strips types needs 5 to 9 MiB more.
 */
async function memoryAtRest({ bank }: BenchBank): Promise<Record<string, number>> {
  await bank.startServices();
  await sleep(5_000);
  const memoryMib = Object.fromEntries(
    SERVICES.map((name) => [name, memoryMibOf(bank.process(name).pid ?? 0)]),
  );
  // The cases are measured with auth and accounts alone.
  const others = SERVICES.filter((name) => name !== 'auth' && name !== 'accounts');
  await Promise.all(others.map((name) => bank.process(name).stop()));
  return memoryMib;
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
