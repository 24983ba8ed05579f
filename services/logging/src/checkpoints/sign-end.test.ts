import { queryOnce } from '@guichet/database';
import { isSignedBy, publicKeysOf } from '@guichet/log-checkpoints';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { GRANTS } from '../grants.ts';
import { storeEvents } from '../intake/store-events.ts';
import { createHeadWitness } from '../verify/head-witness.ts';
import { signEnd } from './sign-end.ts';
import { readNewest } from './store.ts';

const NOW = new Date('2026-11-29T10:00:00.123Z');

async function openLog(t: import('ava').ExecutionContext) {
  const {
    db: owner,
    runtime: db,
    drop,
  } = await testDatabase({ migrations: MIGRATIONS, grants: GRANTS, pool: 2 });
  t.teardown(drop);
  const keys = newCheckpointKeys();
  const signing = { db, keys, clock: () => NOW };
  return { owner, db, keys, signing };
}

/** Deletes entries as an intruder who may drop triggers, and moves the head back. */
async function cutBehind(owner: import('@guichet/testing').KnexDatabase, sequence: number) {
  for (const table of ['log_entries', 'log_concerns']) {
    await owner.raw(`DROP TRIGGER IF EXISTS ${table}_no_delete`);
    await owner.raw(`DELETE FROM ${table} WHERE sequence > ?`, [sequence]);
  }
  await owner.raw(
    'UPDATE log_chain SET sequence = ?, hash = (SELECT hash FROM log_entries WHERE sequence = ?)',
    [sequence, sequence],
  );
}

test('the end of the log is signed once for each length of the log', async (t) => {
  const { db, keys, signing } = await openLog(t);
  t.is(await signEnd(signing), null, 'an empty log has no end');
  const { head, hash } = await storeEvents(db, [buildEvent(), buildEvent()]);
  const first = await signEnd(signing);
  t.like(first, { isNew: true, checkpoint: { sequence: head, hash, time: NOW, keyId: keys.signer.keyId } });
  t.like(await signEnd(signing), { isNew: false, checkpoint: { sequence: 2n } });
  await storeEvents(db, [buildEvent()]);
  t.like(await signEnd(signing), { isNew: true, checkpoint: { sequence: 3n } });
  const stored = await queryOnce(db, readNewest(10));
  t.deepEqual(
    stored.map(({ sequence }) => sequence),
    [3n, 2n],
  );
  for (const checkpoint of stored) t.true(isSignedBy(publicKeysOf(keys.published), checkpoint));
});

test('the run-time user cannot change or delete a checkpoint, and neither can the migration user with the triggers', async (t) => {
  const { owner, db, signing } = await openLog(t);
  await storeEvents(db, [buildEvent()]);
  await signEnd(signing);
  for (const text of ['UPDATE log_checkpoints SET sequence = 9', 'DELETE FROM log_checkpoints']) {
    await t.throwsAsync(db.raw(text), { message: /denied/ });
    await t.throwsAsync(owner.raw(text), { message: /append-only/ });
  }
});

test('a log that was cut or rewritten behind its newest checkpoint is not signed', async (t) => {
  const { owner, db, signing } = await openLog(t);
  await storeEvents(db, [buildEvent(), buildEvent(), buildEvent()]);
  await signEnd(signing);
  await cutBehind(owner, 2);
  await t.throwsAsync(signEnd(signing), { message: /rewritten or cut/ });
  await storeEvents(db, [buildEvent(), buildEvent()]);
  await t.throwsAsync(signEnd(signing), { message: /entry 3 is no longer the same/ });
});

test('a process that has seen a longer log does not sign a shorter one, even without checkpoints', async (t) => {
  const { owner, db, signing } = await openLog(t);
  const witness = createHeadWitness();
  const { head, hash } = await storeEvents(db, [buildEvent(), buildEvent()]);
  witness.note({ sequence: head, hash });
  await cutBehind(owner, 1);
  await t.throwsAsync(signEnd({ ...signing, witness }), { message: /rewritten or cut/ });
  t.like(await signEnd(signing), { isNew: true }, 'which a process that was restarted cannot know');
});

test('a row that the bank did not sign neither counts as a checkpoint nor stops the next', async (t) => {
  const { db, signing } = await openLog(t);
  await storeEvents(db, [buildEvent()]);
  await db.raw(
    `INSERT INTO log_checkpoints (sequence, hash, time, key_id, signature) VALUES
      (1, REPEAT('x', 32), NOW(3), 'k', REPEAT('x', 64)), (18446744073709551615, REPEAT('x', 32), NOW(3), 'k', REPEAT('x', 64))`,
  );
  t.like(await signEnd(signing), { isNew: true, checkpoint: { sequence: 1n } });
  t.like(await signEnd(signing), { isNew: false, checkpoint: { sequence: 1n } });
});

test('a thousand rows that the bank did not sign do not hide its newest checkpoint from it', async (t) => {
  const { owner, db, signing } = await openLog(t);
  await storeEvents(db, [buildEvent(), buildEvent()]);
  await signEnd(signing);
  const forged = Array.from(
    { length: 1_000 },
    (_, index) => `(${index + 3}, REPEAT('x', 32), NOW(3), 'k', REPEAT('x', 64))`,
  );
  await db.raw(
    `INSERT INTO log_checkpoints (sequence, hash, time, key_id, signature) VALUES ${forged.join()}`,
  );
  await cutBehind(owner, 1);
  await t.throwsAsync(signEnd(signing), { message: /rewritten or cut: entry 2/ });
});
