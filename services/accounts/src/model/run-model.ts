import fc from 'fast-check';
import { anyCommands } from './commands.ts';
import { closeGround, openGround, World } from './world.ts';

export interface ModelRun {
  seed: number;
  /** The number of commands that were run, and of their actions. */
  commands: number;
  actions: number;
  sequences: number;
}

const SEQUENCES_A_ROUND = 4;

/**
 * Runs random sequences of commands against two replicas of the service on one database and against the model, at least `commands` in total. The
 * rounds have the seeds `seed`, `seed + 1` and so on.
 * @throws Error if they disagree, with the shortest sequence found and the seed that begins with it
 */
export async function runModel(options: {
  commands: number;
  seed: number;
  report?: (run: ModelRun) => void;
}): Promise<ModelRun> {
  const { commands, seed, report } = options;
  const ground = await openGround();
  const run: ModelRun = { seed, commands: 0, actions: 0, sequences: 0 };
  try {
    for (let round = 0; run.commands < commands; round += 1) {
      const property = fc.asyncProperty(anyCommands, async (sequence) => {
        const world = await World.open(ground);
        await fc.asyncModelRun(() => ({ model: {}, real: world }), sequence);
        await world.conclude();
        run.commands += world.commands;
        run.actions += world.actions;
        run.sequences += 1;
      });
      const details = await fc.check(property, {
        seed: seed + round,
        numRuns: SEQUENCES_A_ROUND,
        interruptAfterTimeLimit: 180_000,
      });
      if (details.failed) {
        const replay = `npm run test:model -- --seed ${seed + round} begins with it`;
        const why = details.errorInstance instanceof Error ? details.errorInstance.message : '';
        throw new Error(
          `The service and the model disagree (${replay}).\n${fc.defaultReportMessage(details)}\n${why}`,
          { cause: details.errorInstance },
        );
      }
      report?.(run);
    }
    return run;
  } finally {
    await closeGround(ground);
  }
}
