import test from 'ava';
import { openTestAuth, ROTATION } from '../fixtures.ts';
import { describeKeys } from './describe-keys.ts';
import { rotateKeys } from './rotate-keys.ts';

test('signing keys are described by their public ids, their state, and the time of the next rotation', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const began = auth.deps.clock();
  const { kid } = auth.deps.keyring.signingKey();
  const state = await describeKeys(auth.deps.db, ROTATION);
  t.is(state.next_rotation_at, new Date(began.getTime() + ROTATION.intervalMs).toISOString());
  t.deepEqual(state.items.map(({ state: now }) => now).sort(), ['published', 'signing']);
  t.is(state.items.find((item) => item.kid === kid)?.state, 'signing');
  t.deepEqual(Object.keys(state.items[0] ?? {}).sort(), ['kid', 'since', 'state']);
});

test('a next key that replaces a lost one signs when it has been published for its full time', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  auth.advance(ROTATION.intervalMs / 1000 + 86_400);
  await auth.database.db('signing_keys').where({ state: 'published' }).delete();
  await rotateKeys(auth.deps, ROTATION);
  const { next_rotation_at: next } = await describeKeys(auth.deps.db, ROTATION);
  t.is(next, new Date(auth.deps.clock().getTime() + ROTATION.aheadMs).toISOString());
});
