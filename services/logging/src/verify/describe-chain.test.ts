import { recordRun } from '@guichet/scheduled-jobs';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';
import { describeChain } from './describe-chain.ts';
import { VERIFICATION } from './keep-verifying.ts';

test('the chain is described by its head and its last verification', async (t) => {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS });
  t.teardown(drop);
  t.deepEqual(await describeChain(db), { head: 0, verified: null });
  await storeEvents(db, [buildEvent(), buildEvent()]);
  await recordRun(db, VERIFICATION, { seconds: 1, outcome: { ok: false, checked: 1 } });
  const { head, verified } = await describeChain(db);
  t.is(head, 2);
  t.like(verified, { ok: false, checked: 1 });
  t.true(Math.abs(Date.parse(verified?.at ?? '') - Date.now()) < 86_400_000);
});
