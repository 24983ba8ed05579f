import { queryOnce } from '@guichet/database';
import { type Checkpoint, type CheckpointKeys, publicKeysOf, signCheckpoint } from '@guichet/log-checkpoints';
import { type KnexDatabase, testDatabase } from '@guichet/testing';
import test from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { insertCheckpoint, readNewest } from '../checkpoints/store.ts';
import { readChain } from '../entries/store.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { storeEvents } from '../intake/store-events.ts';
import { verifyChain } from './verify-chain.ts';

/** A log of ten entries with checkpoints at 5 and 10, in a schema whose triggers an intruder has dropped. */
async function brokenInto(t: import('ava').ExecutionContext) {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 4 });
  t.teardown(drop);
  const keys = newCheckpointKeys();
  const clock = () => new Date('2026-11-29T10:00:00Z');
  for (let batch = 0; batch < 2; batch += 1) {
    await storeEvents(
      db,
      Array.from({ length: 5 }, () => buildEvent()),
    );
    await signEnd({ db, keys, clock });
  }
  const kept = await queryOnce(db, readNewest(10));
  for (const table of ['log_entries', 'log_concerns', 'log_checkpoints']) {
    for (const verb of ['update', 'delete']) await db.raw(`DROP TRIGGER ${table}_no_${verb}`);
  }
  const published = publicKeysOf(keys.published);
  const verify = (options: Parameters<typeof verifyChain>[1] = {}) =>
    verifyChain(db, { page: 3, keys: published, ...options });
  t.like(await verify({ kept }), { ok: true, checked: 10, checkpoints: 2 });
  return { db, keys, kept, verify };
}

/** Changes entry `from`, and computes every hash again as someone who knows the code can: a consistent log. */
async function rewriteFrom(db: KnexDatabase, from: number) {
  await db.raw(`UPDATE log_entries SET data = '{"amount":1}' WHERE sequence = ?`, [from]);
  let hash = GENESIS_HASH;
  for (const entry of await queryOnce(db, readChain(0n, 100))) {
    hash = chainHash(hash, entry);
    await db.raw('UPDATE log_entries SET hash = ? WHERE sequence = ?', [hash, String(entry.sequence)]);
  }
  await db.raw('UPDATE log_chain SET hash = ?', [hash]);
}

async function cutBehind(db: KnexDatabase, sequence: number) {
  for (const table of ['log_entries', 'log_concerns', 'log_checkpoints'])
    await db.raw(`DELETE FROM ${table} WHERE sequence > ?`, [sequence]);
  await db.raw('DELETE FROM log_counts');
  await db.raw(
    'UPDATE log_chain SET sequence = ?, hash = (SELECT hash FROM log_entries WHERE sequence = ?)',
    [sequence, sequence],
  );
}

/** A checkpoint at the end of the log, signed by another key than the bank's, under an id of the intruder's choice. */
async function forge(db: KnexDatabase, keys: CheckpointKeys, keyId?: string): Promise<Checkpoint> {
  const [last] = (await queryOnce(db, readChain(0n, 100))).slice(-1);
  const end = { sequence: last?.sequence ?? 0n, hash: last?.hash ?? GENESIS_HASH, time: new Date() };
  const forged = signCheckpoint({ ...keys.signer, ...(keyId === undefined ? {} : { keyId }) }, end);
  await queryOnce(db, insertCheckpoint(forged));
  return forged;
}

test('a log that was rewritten from some entry on, with all hashes right, contradicts the checkpoints in the database', async (t) => {
  const { db, verify } = await brokenInto(t);
  await rewriteFrom(db, 7);
  t.like(await verify({ keys: undefined }), { ok: true }, 'the hashes alone are right');
  const found = await verify();
  t.like(found, { ok: false, firstBreak: 10n, checkpoints: 1 });
  t.regex(found.reason ?? '', /rewritten after entry 5: entry 10 is not the one that was signed/);
});

test('if the checkpoints in the database are gone too, one old checkpoint that was kept finds it', async (t) => {
  const { db, kept, verify } = await brokenInto(t);
  const old = kept.filter(({ sequence }) => sequence === 5n);
  await db.raw('DELETE FROM log_checkpoints');
  t.like(await verify({ kept: old }), { ok: true, checkpoints: 1 });
  await rewriteFrom(db, 5);
  t.like(await verify(), { ok: true }, 'without it the log looks intact');
  t.like(await verify({ kept: old }), { ok: false, firstBreak: 5n });
  t.like(await verify({ kept }), { ok: false, firstBreak: 5n }, 'the oldest that contradicts is named');
});

test('checkpoints in the database that an intruder put in the place of the real ones are found', async (t) => {
  const { db, keys, verify } = await brokenInto(t);
  await db.raw('DELETE FROM log_checkpoints');
  await rewriteFrom(db, 2);
  const stranger = newCheckpointKeys();
  await forge(db, stranger);
  t.like(await verify(), { ok: false, firstBreak: 10n, reason: 'a checkpoint was not signed by the bank' });
  await db.raw('DELETE FROM log_checkpoints');
  await forge(db, stranger, keys.signer.keyId);
  t.like(await verify(), { ok: false, reason: 'a checkpoint was not signed by the bank' });
});

test('a real checkpoint that was given another hash, sequence or time is found', async (t) => {
  for (const change of [
    "hash = REPEAT('x', 32)",
    'sequence = 9',
    'sequence = 11',
    'time = time + INTERVAL 1 DAY',
  ]) {
    const { db, verify } = await brokenInto(t);
    await db.raw(`UPDATE log_checkpoints SET ${change} WHERE sequence = 10`);
    t.like(await verify(), { ok: false, reason: 'a checkpoint was not signed by the bank' }, change);
  }
});

test('a cut end whose head was moved back contradicts a checkpoint of the end, in the database or kept', async (t) => {
  const { db, kept, verify } = await brokenInto(t);
  const [newest] = kept;
  await cutBehind(db, 8);
  await db.raw('DELETE FROM log_hours');
  await db.raw(
    'INSERT INTO log_hours SELECT CAST(DATE_FORMAT(time, "%Y-%m-%d %H:00:00") AS DATETIME) AS started, MIN(sequence), MAX(sequence) FROM log_entries GROUP BY started',
  );
  const found = await verify({ kept });
  t.like(found, { ok: false, checked: 8, firstBreak: 9n });
  t.regex(found.reason ?? '', /end of the chain was cut off: entry 10 was signed/);
  if (newest !== undefined) await queryOnce(db, insertCheckpoint(newest));
  t.regex((await verify()).reason ?? '', /end of the chain was cut off/);

  await storeEvents(db, [buildEvent(), buildEvent(), buildEvent()]);
  await db.raw('DELETE FROM log_checkpoints WHERE sequence = 10');
  t.like(await verify({ kept }), { ok: false, firstBreak: 10n }, 'also once the log has grown again');
});

test('a log with an entry in the place of a gap, or a gap in the place of a signed entry, contradicts the checkpoint', async (t) => {
  const { db, kept, verify } = await brokenInto(t);
  await db.raw('DELETE FROM log_entries WHERE sequence = 5');
  await db.raw('DELETE FROM log_concerns WHERE sequence = 5');
  await rewriteFrom(db, 1);
  t.like(await verify({ kept }), { ok: false, firstBreak: 5n });
});

test('a checkpoint that is stored while the log is being verified is no contradiction', async (t) => {
  const { db, keys, verify } = await brokenInto(t);
  let isDone = false;
  const growing = (async () => {
    while (!isDone) {
      await storeEvents(db, [buildEvent()]);
      await signEnd({ db, keys, clock: () => new Date() });
    }
  })();
  for (let round = 0; round < 10; round += 1) t.like(await verify(), { ok: true });
  isDone = true;
  await growing;
});

test('checkpoints of a key that no longer signs are verified with its public half', async (t) => {
  const { keys, kept, verify } = await brokenInto(t);
  const published = { keys: [...newCheckpointKeys().published.keys, ...keys.published.keys] };
  t.like(await verify({ kept, keys: publicKeysOf(published) }), { ok: true, checkpoints: 2 });
  t.like(await verify({ keys: publicKeysOf(newCheckpointKeys().published) }), { ok: false, firstBreak: 5n });
});
