import { newId } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';
import { createHeadWitness } from './head-witness.ts';
import { verifyChain } from './verify-chain.ts';

/** A chain of ten entries in a schema whose triggers an attacker has dropped. */
async function brokenInto(t: import('ava').ExecutionContext) {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  for (let batch = 0; batch < 2; batch += 1) {
    await storeEvents(
      db,
      Array.from({ length: 5 }, () => buildEvent({ concerns: [newId()] })),
    );
  }
  t.deepEqual(await verifyChain(db, { page: 3 }).then(({ ok, checked }) => ({ ok, checked })), {
    ok: true,
    checked: 10,
  });
  for (const table of ['log_entries', 'log_concerns']) {
    for (const verb of ['update', 'delete']) await db.raw(`DROP TRIGGER ${table}_no_${verb}`);
  }
  return db;
}

const breaks: Record<string, { sql: string; at: bigint }> = {
  'a changed message': { sql: "UPDATE log_entries SET message = 'x' WHERE sequence = 4", at: 4n },
  'a changed time': {
    sql: 'UPDATE log_entries SET time = time + INTERVAL 1 SECOND WHERE sequence = 7',
    at: 7n,
  },
  'another actor': {
    sql: `UPDATE log_entries SET actor_id = '${newId()}', actor_role = 'agent' WHERE sequence = 2`,
    at: 2n,
  },
  'changed data': { sql: `UPDATE log_entries SET data = '{"a": 1}' WHERE sequence = 10`, at: 10n },
  'a changed trace': {
    sql: "UPDATE log_entries SET trace_id = REPEAT('a', 32) WHERE sequence = 3",
    at: 3n,
  },
  'a changed hash': { sql: "UPDATE log_entries SET hash = REPEAT('x', 32) WHERE sequence = 5", at: 5n },
  'a removed entry': { sql: 'DELETE FROM log_entries WHERE sequence = 6', at: 6n },
  'a removed first entry': { sql: 'DELETE FROM log_entries WHERE sequence = 1', at: 1n },
  'a removed end': { sql: 'DELETE FROM log_entries WHERE sequence > 8', at: 9n },
  'an entry hidden from its reader': { sql: 'DELETE FROM log_concerns WHERE sequence = 3', at: 3n },
  'an entry whose reader may not read it any more': {
    sql: 'UPDATE log_concerns SET may_read = 0 WHERE sequence = 3',
    at: 3n,
  },
  'an entry hidden from a filter': { sql: 'UPDATE log_entries SET family = NULL WHERE sequence = 9', at: 9n },
};

for (const [what, { sql, at }] of Object.entries(breaks)) {
  test(`${what} is found`, async (t) => {
    const db = await brokenInto(t);
    await db.raw(sql);
    const outcome = await verifyChain(db, { page: 3 });
    t.false(outcome.ok);
    t.is(outcome.firstBreak, at);
    t.is(outcome.checked, Number(at) - 1);
    t.truthy(outcome.reason);
  });
}

const COLUMNS = `id, time, level, service, action, family, concerns, message, data, personal, hash`;
const APPEND = `INSERT INTO log_entries (sequence, ${COLUMNS})
  SELECT ?, UUID(), time, level, service, action, family, '[]', 'forged', data, personal, hash FROM log_entries WHERE sequence = 10`;

test('an entry added after the end is found, and does not stop the intake', async (t) => {
  const db = await brokenInto(t);
  await db.raw(APPEND, [11]);
  await db.raw(APPEND, [13]);
  await db.raw('INSERT INTO log_concerns (user_id, sequence, named, may_read) VALUES (?, 14, 0, 1)', [
    newId(),
  ]);
  t.like(await verifyChain(db), { ok: false, firstBreak: 11n });
  t.like(
    await storeEvents(
      db,
      [1, 2, 3].map(() => buildEvent({ concerns: [newId()] })),
    ),
    { stored: 3 },
  );
  t.like(await verifyChain(db), { ok: false, firstBreak: 11n });

  await db.raw("DELETE FROM log_entries WHERE message = 'forged'");
  await db.raw('DELETE FROM log_concerns WHERE sequence = 14');
  t.like(
    await verifyChain(db, { page: 3 }),
    { ok: true, checked: 13 },
    'intact once the foreign rows are deleted',
  );
});

test('an entry added far after the end is found', async (t) => {
  const db = await brokenInto(t);
  await db.raw(APPEND, ['18446744073709551615']);
  t.like(await verifyChain(db), { ok: false, firstBreak: 11n });
  t.like(await storeEvents(db, [buildEvent()]), { stored: 1, head: 11n });
});

test('two swapped entries are found', async (t) => {
  const db = await brokenInto(t);
  await db.raw('UPDATE log_entries SET sequence = 100 WHERE sequence = 4');
  await db.raw('UPDATE log_entries SET sequence = 4 WHERE sequence = 5');
  await db.raw('UPDATE log_entries SET sequence = 5 WHERE sequence = 100');
  t.like(await verifyChain(db), { ok: false, firstBreak: 4n });
});

test('a verifier that knows the previous end detects a cut end with the head moved back, and a rewritten chain', async (t) => {
  const db = await brokenInto(t);
  const witness = createHeadWitness();
  const { head, hash } = await storeEvents(db, [buildEvent()]);
  witness.note({ sequence: head, hash });
  t.true((await verifyChain(db, { witnessed: witness.furthest() })).ok);
  await db.raw('DELETE FROM log_entries WHERE sequence > 8');
  await db.raw('DELETE FROM log_concerns WHERE sequence > 8');
  await db.raw(`UPDATE log_chain SET sequence = 8, hash = (SELECT hash FROM log_entries WHERE sequence = 8)`);
  t.like(await verifyChain(db, { witnessed: witness.furthest() }), { ok: false, firstBreak: 9n });

  await storeEvents(
    db,
    [1, 2, 3, 4].map(() => buildEvent()),
  );
  t.like(await verifyChain(db, { witnessed: witness.furthest() }), { ok: false, firstBreak: 11n });
});

test('a chain rewritten beyond the known end, with a gap in its place, is found', async (t) => {
  const db = await brokenInto(t);
  const witness = createHeadWitness();
  const { head, hash } = await storeEvents(db, [buildEvent()]);
  witness.note({ sequence: head, hash });
  await db.raw('DELETE FROM log_entries WHERE sequence = 11');
  await db.raw(
    `UPDATE log_chain SET sequence = 10, hash = (SELECT hash FROM log_entries WHERE sequence = 10)`,
  );
  const forged = buildEvent();
  // The service skips foreign rows: it chains the next entry to sequence 10 and leaves out 11.
  await db.raw(APPEND, [11]);
  t.like(await storeEvents(db, [forged]), { head: 12n });
  await db.raw("DELETE FROM log_entries WHERE message = 'forged'");
  t.like(await verifyChain(db, { witnessed: witness.furthest() }), { ok: false, firstBreak: 11n });
});

const hidden: Record<string, string> = {
  'ends too early': 'UPDATE log_hours SET last_sequence = first_sequence',
  'starts too late': 'UPDATE log_hours SET first_sequence = last_sequence',
  'is wrong': 'UPDATE log_hours SET hour = hour - INTERVAL 1 DAY',
  'is missing': 'DELETE FROM log_hours',
};

for (const [how, sql] of Object.entries(hidden)) {
  test(`entries that time filters skip, because an hour ${how}, are found`, async (t) => {
    const db = await brokenInto(t);
    await db.raw(sql);
    t.like(await verifyChain(db, { page: 3 }), { ok: false });
  });
}

const miscounted: Record<string, string> = {
  'is too high': 'UPDATE log_counts SET quarter_1 = quarter_1 + 1, quarter_3 = quarter_3 + 1',
  'is missing': 'DELETE FROM log_counts',
  'belongs to another kind': "UPDATE log_counts SET action = 'LOGIN'",
  'belongs to another family': 'UPDATE log_counts SET family = NULL',
  'has no entries': `INSERT INTO log_counts VALUES ('1999-01-01', 'INFO', 'auth', 'LOGIN', NULL, 0, 1, 0, 0)`,
};

test('changed numbers of entries in the charts are found', async (t) => {
  const db = await brokenInto(t);
  for (const [how, sql] of Object.entries(miscounted)) {
    await db.raw('CREATE TABLE copied SELECT * FROM log_counts');
    await db.raw(sql);
    t.like(
      await verifyChain(db, { page: 3 }),
      {
        ok: false,
        checked: 10,
        reason: 'the numbers of entries in the charts were changed',
        firstBreak: how === 'has no entries' ? 11n : 1n,
      },
      how,
    );
    await db.raw('DELETE FROM log_counts');
    await db.raw('INSERT INTO log_counts SELECT * FROM copied');
    await db.raw('DROP TABLE copied');
  }
  t.true((await verifyChain(db)).ok);
});

/** As docs/operations/log-chain-broken.md has it. */
const COUNT_AGAIN = `INSERT INTO log_counts
  SELECT CAST(DATE_FORMAT(time, '%Y-%m-%d %H:00:00') AS DATETIME) AS started, level, service, action, MIN(family),
    SUM(MINUTE(time) DIV 15 = 0), SUM(MINUTE(time) DIV 15 = 1), SUM(MINUTE(time) DIV 15 = 2), SUM(MINUTE(time) DIV 15 = 3)
  FROM log_entries GROUP BY started, level, service, action`;

test('the numbers of the charts can be counted again from the entries', async (t) => {
  const db = await brokenInto(t);
  const times = ['10:14:59.999', '10:15:00.000', '10:44:59.999', '10:59:59.999', '11:00:00.000'];
  await storeEvents(
    db,
    times.map((time) => buildEvent({ time: `2026-03-29T${time}Z`, action: 'LOGIN', service: 'auth' })),
  );
  await db.raw('DELETE FROM log_counts');
  t.false((await verifyChain(db)).ok);
  await db.raw(COUNT_AGAIN);
  t.like(await verifyChain(db), { ok: true, checked: 15 });
});

const unfindable: Record<string, { sql: string; at: bigint }> = {
  'a block without words': { sql: String.raw`UPDATE log_words SET words = '\n' WHERE block = 1`, at: 64n },
  'a block with words of other entries': {
    sql: String.raw`UPDATE log_words SET words = CONCAT('\nAB', SUBSTRING(words, 130)) WHERE block = 1`,
    at: 64n,
  },
  'a block without a row': { sql: 'DELETE FROM log_words WHERE block = 1', at: 64n },
  'the first block without a row': { sql: 'DELETE FROM log_words WHERE block < 1', at: 1n },
};

test('entries that text searches skip are found', async (t) => {
  const db = await brokenInto(t);
  await storeEvents(
    db,
    Array.from({ length: 200 }, () => buildEvent()),
  );
  for (const [how, { sql, at }] of Object.entries(unfindable)) {
    await db.raw('CREATE TABLE copied SELECT * FROM log_words');
    await db.raw(sql);
    t.like(
      await verifyChain(db, { page: 30 }),
      { ok: false, firstBreak: at, reason: 'an entry is hidden from text searches' },
      how,
    );
    await db.raw('DELETE FROM log_words');
    await db.raw('INSERT INTO log_words SELECT * FROM copied');
    await db.raw('DROP TABLE copied');
  }
  t.true((await verifyChain(db)).ok);
});

test('words of entries to come, which would hide them from text searches, are found and do not stop the intake', async (t) => {
  const db = await brokenInto(t);
  await db.raw("INSERT INTO log_words (block, words) VALUES (0, 'none'), (2, 'none')");
  t.like(await verifyChain(db), { ok: false, checked: 10, firstBreak: 11n });
  await storeEvents(
    db,
    Array.from({ length: 200 }, () => buildEvent()),
  );
  t.like(await verifyChain(db), { ok: true, checked: 210 }, 'the service has replaced them with its own');
});

test('an empty log is intact', async (t) => {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  t.like(await verifyChain(db), { ok: true, checked: 0, firstBreak: null });
});
