import test from 'ava';
import { ensurePrograms } from './ensure.ts';

test('only the programs that were asked for are returned, so that they can be added to others', async (t) => {
  const programs = await ensurePrograms(['nats'], () => undefined);
  t.deepEqual(Object.keys(programs), ['nats']);
  t.is(typeof programs.nats, 'string');
});
