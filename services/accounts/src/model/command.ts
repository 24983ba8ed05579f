import { parseArgs } from 'node:util';
import { runModel } from './run-model.ts';

// Runs the model test with any number of commands on the server in TEST_DATABASE_URL; exits with status 1 if they disagree.
const { values } = parseArgs({
  options: { commands: { type: 'string', default: '20000' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const commands = Number(values.commands);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(commands) || commands < 1) {
  console.error('npm run test:model -- [--commands N] [--seed S]');
  process.exit(2);
}
console.log(`seed ${seed}`);
const began = performance.now();
let reportedAt = began;
try {
  const run = await runModel({
    commands,
    seed,
    report: ({ commands: done, actions }) => {
      if (performance.now() - reportedAt < 10_000) return;
      reportedAt = performance.now();
      console.log(`  ${done} of ${commands} commands, ${actions} actions`);
    },
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `✔ ${run.commands} commands, ${run.actions} actions in ${run.sequences} sequences agree with the model (${seconds} s); seed ${seed}`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`seed ${seed}`);
  process.exitCode = 1;
}
