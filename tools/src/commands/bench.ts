import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBenchBank } from '../bench/bench-bank.ts';
import { readBenchOptions } from '../bench/options.ts';
import { CASE_NAMES, figuresOf, goalsOf, printedFigures, printedGoals } from '../bench/report.ts';
import { runRounds } from '../bench/run.ts';
import { seedAccounts, seedBareAccounts } from '../bench/seed.ts';
import { seedVolume } from '../bench/seed-volume.ts';
import { speakPlainly } from '../stop-sentence.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

// Compares the bank with hand-written SQL on one server, in one run; its own database goes with it.
await speakPlainly(async () => {
  const options = readBenchOptions(process.argv.slice(2));
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'));
  try {
    const bench = await openBenchBank(folder, say, options.profile);
    try {
      const [agent] = bench.agents;
      if (agent === undefined) throw new Error('the bench has no agent');
      const accounts = await seedAccounts(bench.database, options.accounts, bench.members, agent);
      await seedBareAccounts(bench.database, options.accounts);
      const results = [];
      for (const stored of options.stored) {
        await seedVolume(bench.database, stored, say);
        await bench.renewTokens();
        say(`\n${stored} operations stored`);
        const runs = await runRounds(bench, accounts, options, (run) =>
          say(
            `  ${run.round} ${run.name.padEnd(2)} ${run.spread.padEnd(7)} ${String(Math.round(run.done / run.seconds)).padStart(6)}/s  ${CASE_NAMES[run.name]}${run.refusal === null ? '' : `  ${run.refused} refused: ${run.refusal}`}`,
          ),
        );
        const figures = figuresOf(runs);
        const goals = goalsOf(runs);
        say(`\n${printedFigures(figures)}\n\n${printedGoals(goals)}`);
        results.push({ stored, figures, goals });
      }
      await writeFile(
        options.json,
        JSON.stringify({ at: new Date().toISOString(), options, results }, null, 2),
      );
    } finally {
      await bench.stop();
    }
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
