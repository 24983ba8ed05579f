import test from 'ava';
import { runModel } from './run-model.ts';

// Starts again with each round, so a loaded machine makes the test slow and only a round that hangs makes it fail.
const ROUND_WITHIN_MS = 240_000;

test('the bank does what its model does, with concurrent, repeated and retried requests, and while a replica dies', async (t) => {
  t.timeout(ROUND_WITHIN_MS);
  const seed = Number(process.env.TEST_MODEL_SEED || Math.floor(Math.random() * 2 ** 31));
  t.log(`seed ${seed}`);
  const { commands, actions, sequences } = await runModel({
    commands: 2_000,
    seed,
    report: () => t.timeout(ROUND_WITHIN_MS),
  });
  t.log(`${commands} commands, ${actions} actions in ${sequences} sequences`);
  t.true(commands >= 2_000);
});
