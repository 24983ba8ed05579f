import test from 'ava';
import { runModel } from './run-model.ts';

test('whatever is done, also at once, twice, again and while a replica dies, the bank does what a model of it does', async (t) => {
  t.timeout(240_000);
  const seed = Number(process.env.TEST_MODEL_SEED || Math.floor(Math.random() * 2 ** 31));
  t.log(`seed ${seed}`);
  const { commands, actions, sequences } = await runModel({ commands: 2_000, seed });
  t.log(`${commands} commands, ${actions} actions in ${sequences} sequences`);
  t.true(commands >= 2_000);
});
