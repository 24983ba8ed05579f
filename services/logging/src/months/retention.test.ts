import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createCalendar } from '@guichet/calendar';
import { newId, queryOnce } from '@guichet/database';
import { publicKeysOf, signCheckpoint, signMonth } from '@guichet/log-checkpoints';
import { testDatabase } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { readNewest } from '../checkpoints/store.ts';
import { ALL_ENTRIES } from '../entries/filter.ts';
import { readEntries } from '../entries/read-entries.ts';
import { readChain } from '../entries/store.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { GRANTS } from '../grants.ts';
import { chainHash } from '../intake/chain.ts';
import { storeEvents } from '../intake/store-events.ts';
import { countEntries } from '../stats/count-entries.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { addMonths } from './add-months.ts';
import { type Dropping, dropMonth } from './drop-month.ts';
import { exportMonth } from './export-month.ts';
import { listMonths } from './list-months.ts';
import { insertDropped, readDropped } from './store.ts';
import { verifyExport } from './verify-export.ts';

const NOW = new Date('2026-03-10T12:00:00.000Z');
const MONTHS = ['2025-01', '2025-02', '2025-03', '2026-03'];
const ENTRIES = 130;

/** A log of four months with 130 entries each, and a folder for its exports. In the middle and after the first entry of the next month its end is signed. */
async function openLog(t: ExecutionContext) {
  const {
    db: owner,
    runtime: db,
    drop,
  } = await testDatabase({ migrations: MIGRATIONS, grants: GRANTS, pool: 4 });
  const folder = await mkdtemp(join(tmpdir(), 'guichet-exports-'));
  t.teardown(async () => {
    await drop();
    await rm(folder, { recursive: true, force: true });
  });
  const keys = newCheckpointKeys();
  // Without the months in between, which the log was not prepared for.
  await addMonths(owner, { now: new Date('2025-01-05T00:00:00Z'), ahead: 2 });
  await addMonths(owner, { now: NOW, ahead: 0 });
  for (const month of MONTHS) {
    const at = (index: number) => new Date(Date.parse(`${month}-01T00:00:00Z`) + index * 3_000_000);
    for (const [from, to] of [
      [0, 1],
      [1, 60],
      [60, ENTRIES],
    ] as const) {
      const events = Array.from({ length: to - from }, (_, index) =>
        buildEvent({
          time: at(from + index).toISOString(),
          action: index % 3 === 0 ? 'LOGIN' : 'TRANSFER_POSTED',
          service: index % 3 === 0 ? 'auth' : 'accounts',
          actor: { id: newId(), username: 'alice', role: 'agent' },
          concerns: [newId()],
        }),
      );
      await storeEvents(db, events, at(to));
      if (to < ENTRIES) await signEnd({ db, keys, clock: () => at(to) });
    }
  }
  const published = publicKeysOf(keys.published);
  const kept = await queryOnce(db, readNewest(100));
  const dropping: Dropping = { db: owner, keys, clock: () => NOW, retentionMonths: 12 };
  const verify = (options = {}) => verifyChain(db, { page: 50, keys: published, ...options });
  return {
    owner,
    db,
    keys,
    published,
    kept,
    folder,
    dropping,
    verify,
    exportMonth: (month: string) => exportMonth({ db: owner, keys, clock: () => NOW }, month, folder),
    dropMonth: (month: string, changes: Partial<Dropping> = {}) =>
      dropMonth({ ...dropping, ...changes }, month, folder),
    fileOf: (month: string) => join(folder, `guichet-log-${month}.ndjson.gz`),
  };
}

/** The same with two months exported and dropped, in a schema whose triggers an intruder has dropped. */
async function brokenInto(t: ExecutionContext) {
  const log = await openLog(t);
  for (const month of ['2025-01', '2025-02']) {
    await log.exportMonth(month);
    await log.dropMonth(month);
  }
  await signEnd({ db: log.db, keys: log.keys, clock: () => NOW });
  t.like(await log.verify({ kept: log.kept }), { ok: true });
  for (const table of ['log_entries', 'log_concerns', 'log_checkpoints', 'log_dropped_months']) {
    for (const verb of ['update', 'delete']) await log.owner.raw(`DROP TRIGGER ${table}_no_${verb}`);
  }
  return log;
}

/** Changes the lines of an export, which remains a complete file. */
async function changeLines(file: string, change: (lines: string[]) => string[]) {
  const lines = gunzipSync(await readFile(file))
    .toString()
    .split('\n');
  await writeFile(file, gzipSync(change(lines).join('\n')));
}

test('a month is exported as the lines that the chain hashes, and the file proves itself without the database', async (t) => {
  const log = await openLog(t);
  const { file, statement } = await log.exportMonth('2025-02');
  t.like(statement, { month: '2025-02', entries: ENTRIES });
  const bytes = await readFile(file);
  const [sum] = (await readFile(`${file}.sha256`, 'utf8')).split(' ');
  t.is(sum, createHash('sha256').update(bytes).digest('hex'));
  t.deepEqual((await readdir(log.folder)).sort(), [
    'guichet-log-2025-02.ndjson.gz',
    'guichet-log-2025-02.ndjson.gz.sha256',
  ]);

  const lines = gunzipSync(bytes).toString().split('\n');
  const header = JSON.parse(lines[0] ?? '');
  let hash = Buffer.from(header.previous.hash, 'hex');
  for (const line of lines.filter((one) => one.startsWith('[')))
    hash = createHash('sha256').update(hash).update(line).digest();
  t.is(hash.toString('hex'), statement.last.hash.toString('hex'), 'as an auditor computes it');
  t.false(
    lines.some((line) => line.includes('alice')),
    'what is about persons is sealed',
  );

  // Two checkpoints of the month, and none of the others that were kept.
  t.like(await verifyExport(file, log.published, log.kept), {
    fault: null,
    entries: ENTRIES,
    checkpoints: 2,
  });
  const [entry] = await log.owner('log_entries').where({ action: 'LOG_MONTH_EXPORTED' });
  t.like(JSON.parse(entry.data), { month: '2025-02', count: ENTRIES });
  await t.throwsAsync(log.exportMonth('2025-02'), { message: /exists already/ });
  await t.throwsAsync(log.exportMonth('2026-03'), { message: /has not ended/ });
  await t.throwsAsync(log.exportMonth('2024-01'), { message: /no month 2024-01/ });
});

const changes: Record<string, (lines: string[]) => string[]> = {
  'a changed entry': (lines) =>
    lines.map((line, index) => (index === 20 ? line.replace('posted', 'POSTED') : line)),
  'a removed entry': (lines) => lines.toSpliced(20, 1),
  'a removed last entry': (lines) =>
    lines.toSpliced(
      lines.findLastIndex((line) => line.startsWith('[')),
      1,
    ),
  'an added entry': (lines) => lines.toSpliced(20, 0, lines[20] ?? ''),
  'two swapped entries': (lines) => lines.toSpliced(20, 2, lines[21] ?? '', lines[20] ?? ''),
  'another beginning': (lines) => lines.toSpliced(0, 1, (lines[0] ?? '').replace(/"hash":"../, '"hash":"11')),
  'another month': (lines) => lines.toSpliced(0, 1, (lines[0] ?? '').replace('2025-01', '2025-02')),
  'a cut end': (lines) => lines.slice(0, 50),
  'a missing statement': (lines) => [...lines.slice(0, -2), ''],
  'another number of entries': (lines) => lines.map((line) => line.replace('"entries":130', '"entries":131')),
  'something behind its end': (lines) => [...lines.slice(0, -1), '{}', ''],
  'a changed checkpoint': (lines) => lines.map((line) => line.replace(/("checkpoint":.*"hash":")../, '$100')),
  'all but the header removed': (lines) => [...lines.slice(0, 1), ''],
};

test('an export that was changed is found, and its month is not dropped', async (t) => {
  const log = await openLog(t);
  const { file } = await log.exportMonth('2025-01');
  const intact = await readFile(file);
  for (const [what, change] of Object.entries(changes)) {
    await changeLines(file, change);
    const found = await verifyExport(file, log.published);
    t.truthy(found.fault, what);
    t.is(found.statement, null);
    await t.throwsAsync(log.dropMonth('2025-01'), { message: /can’t be used/ }, what);
    await writeFile(file, intact);
  }
  await writeFile(file, intact.subarray(0, -10));
  t.regex((await verifyExport(file, log.published)).fault ?? '', /can’t be read/);
  t.truthy((await verifyExport(`${file}x`, log.published)).fault);
  await writeFile(file, intact);
  t.truthy((await verifyExport(file, publicKeysOf(newCheckpointKeys().published))).fault, 'of another bank');
  t.is((await verifyExport(file, log.published)).fault, null);
  t.deepEqual(await queryOnce(log.db, readDropped()), []);
});

test('a month is dropped only if it is the oldest, old enough, and its export has the entries of the log', async (t) => {
  const log = await openLog(t);
  await t.throwsAsync(log.dropMonth('2025-01'), { message: /can’t be read/ }, 'without an export');
  await log.exportMonth('2025-01');
  await log.exportMonth('2025-02');
  await log.exportMonth('2025-03');
  await t.throwsAsync(log.dropMonth('2025-02'), { message: /Only the oldest month .*: 2025-01/ });
  await t.throwsAsync(log.dropMonth('2025-01', { retentionMonths: 14 }), {
    message: /not older than 14 months/,
  });
  await t.throwsAsync(log.dropMonth('2026-03'), { message: /Only the oldest/ });

  await log.owner.raw('DROP TRIGGER log_entries_no_update');
  await log.owner.raw("UPDATE log_entries SET hash = REPEAT('x', 32) WHERE sequence = ?", [ENTRIES]);
  await t.throwsAsync(log.dropMonth('2025-01'), { message: /has other entries than the log/ });
  t.deepEqual(await queryOnce(log.db, readDropped()), []);
  t.is((await listMonths(log.db)).filter(({ isDropped }) => isDropped).length, 0);
});

test('a month whose end no signed checkpoint covers is neither exported nor dropped', async (t) => {
  const log = await openLog(t);
  await log.exportMonth('2025-01');
  await log.owner.raw('DROP TRIGGER log_checkpoints_no_delete');
  await log.owner.raw('DELETE FROM log_checkpoints WHERE sequence > 100');
  await t.throwsAsync(log.dropMonth('2025-01'), { message: /No signed checkpoint covers/ });
  await t.throwsAsync(log.exportMonth('2025-02'), { message: /No signed checkpoint covers/ });
  t.deepEqual(
    await readdir(log.folder).then((names) => names.filter((name) => name.includes('2025-02'))),
    [],
  );
});

test('the entries of a dropped month are gone with what finds and counts them, and the rest is verified from there', async (t) => {
  const log = await openLog(t);
  const all = { order: 'oldest first' as const, limit: 1_000 };
  // Comes a month late: its hour also has entries of the month that is dropped.
  await storeEvents(
    log.db,
    [buildEvent({ time: '2025-01-01T00:10:00.000Z', action: 'LOGIN', service: 'auth' })],
    NOW,
  );
  const { statement } = await log.exportMonth('2025-01');
  await log.dropMonth('2025-01');

  const left = await readEntries(log.db, ALL_ENTRIES, all);
  t.is(left.length, 3 * ENTRIES + 3, 'three months, the late entry, and those about the export and the drop');
  t.true(left.every(({ sequence }) => sequence >= 1_000_000_000n));
  const [concerns] = await log.owner.raw(
    'SELECT COUNT(*) AS count FROM log_concerns WHERE sequence < 1000000000',
  );
  t.is(Number(concerns[0].count), 0);
  const [words] = await log.owner.raw('SELECT MIN(block) AS block FROM log_words');
  t.true(Number(words[0].block) >= 1_000_000_000 / 64);

  const [actors] = await log.owner.raw('SELECT MIN(block) AS block FROM log_actor_counts');
  t.true(Number(actors[0].block) >= 1_000_000_000 / 512);
  const [months] = await log.owner.raw('SELECT MIN(month) AS month FROM person_words');
  t.true(Number(months[0].month) >= 1);

  const january = {
    ...ALL_ENTRIES,
    from: new Date('2025-01-01T00:00:00Z'),
    to: new Date('2025-02-01T00:00:00Z'),
  };
  t.is((await readEntries(log.db, january, all)).length, 1);
  const options = { bucket: 'day' as const, calendar: createCalendar('UTC'), now: NOW };
  t.like(await countEntries(log.db, january, options), { total: 1, by_action: { LOGIN: 1 } });
  t.like(await countEntries(log.db, ALL_ENTRIES, options), { total: left.length });
  t.is((await readEntries(log.db, { ...ALL_ENTRIES, text: 'transfer' }, all)).length, 3 * ENTRIES + 1);

  const found = await log.verify({ kept: log.kept });
  t.like(found, { ok: true, checked: left.length, exported: 2 });
  t.like(found.dropped[0], { month: '2025-01', last: { sequence: BigInt(ENTRIES) } });
  t.is(statement.last.sequence, BigInt(ENTRIES));
  const [entry] = await log.owner('log_entries').where({ action: 'LOG_MONTH_DROPPED' });
  t.like(JSON.parse(entry.data), { month: '2025-01', count: ENTRIES });
  const [partitions] = await log.owner.raw(
    "SELECT COUNT(*) AS count FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME = 'm2025_01'",
  );
  t.is(Number(partitions[0].count), 0);
  t.like(await listMonths(log.db).then(([first]) => first), { month: '2025-01', isDropped: true });
  await t.throwsAsync(log.exportMonth('2025-01'), { message: /was dropped/ });
  t.is(await addMonths(log.owner, { now: NOW, ahead: 2 }), 2);
});

test('a drop that was interrupted goes on when it is run again, and writes no second entry', async (t) => {
  const log = await openLog(t);
  await log.exportMonth('2025-01');
  // Stops once the month is recorded.
  await log.owner.raw(
    'CREATE TRIGGER stop BEFORE DELETE ON log_words FOR EACH ROW SIGNAL SQLSTATE "45000" SET MESSAGE_TEXT = "stopped"',
  );
  await t.throwsAsync(log.dropMonth('2025-01'), { message: /stopped/ });
  await log.owner.raw('DROP TRIGGER stop');
  t.false((await log.verify()).ok, 'the numbers of the charts are still those of the month');
  await rm(log.fileOf('2025-01'));
  await log.dropMonth('2025-01');
  t.like(await log.verify(), { ok: true });
  t.is((await log.owner('log_entries').where({ action: 'LOG_MONTH_DROPPED' })).length, 1);
});

test('a verification that runs while months are dropped finds no break, and the intake goes on', async (t) => {
  const log = await openLog(t);
  await log.exportMonth('2025-01');
  await log.exportMonth('2025-02');
  let isDone = false;
  let stored = 0;
  const writing = (async () => {
    while (!isDone)
      stored += (await storeEvents(log.db, [buildEvent({ time: NOW.toISOString() })], NOW)).stored;
  })();
  const verifying = (async () => {
    while (!isDone) t.like(await log.verify(), { ok: true });
  })();
  await log.dropMonth('2025-01');
  await log.dropMonth('2025-02');
  isDone = true;
  await Promise.all([writing, verifying]);
  t.like(await log.verify(), { ok: true, checked: 2 * ENTRIES + 4 + stored });
});

test('a checkpoint about the last dropped entry is compared with the beginning', async (t) => {
  const log = await openLog(t);
  const atEnd = await log.owner('log_entries').where({ sequence: ENTRIES }).first();
  const sign = (hash: Buffer) =>
    signCheckpoint(log.keys.signer, { sequence: BigInt(ENTRIES), hash, time: NOW });
  await log.exportMonth('2025-01');
  await log.dropMonth('2025-01');
  t.like(await log.verify({ kept: [sign(atEnd.hash)] }), { ok: true, exported: 0, checkpoints: 7 });
  t.like(await log.verify({ kept: [sign(Buffer.alloc(32, 7))] }), { ok: false, firstBreak: BigInt(ENTRIES) });
});

const FIRST = 2_000_000_000n;
const breaks: Record<string, { sql: string; at: bigint }> = {
  'a changed message': {
    sql: `UPDATE log_entries SET message = 'x' WHERE sequence = ${FIRST + 4n}`,
    at: FIRST + 4n,
  },
  'a changed first entry': {
    sql: `UPDATE log_entries SET message = 'x' WHERE sequence = ${FIRST}`,
    at: 1_000_000_130n,
  },
  'a changed hash': {
    sql: `UPDATE log_entries SET hash = REPEAT('x', 32) WHERE sequence = ${FIRST + 5n}`,
    at: FIRST + 5n,
  },
  'a removed entry': { sql: `DELETE FROM log_entries WHERE sequence = ${FIRST + 6n}`, at: FIRST + 6n },
  'a removed first entry': { sql: `DELETE FROM log_entries WHERE sequence = ${FIRST}`, at: 1_000_000_130n },
  'a month that was removed without a drop': {
    sql: 'DELETE FROM log_entries WHERE sequence BETWEEN 2000000000 AND 2999999999',
    at: 1_000_000_130n,
  },
  'a removed end': { sql: 'DELETE FROM log_entries WHERE sequence > 3000000050', at: 3_000_000_051n },
  'an entry hidden from its reader': {
    sql: `DELETE FROM log_concerns WHERE sequence = ${FIRST + 3n}`,
    at: FIRST + 3n,
  },
  'an entry added before the beginning': {
    sql: `INSERT INTO log_entries (sequence, id, time, level, service, action, concerns, message, data, personal, hash)
      SELECT 5, UUID(), time, level, service, action, concerns, message, data, personal, hash FROM log_entries WHERE sequence = ${FIRST}`,
    at: 5n,
  },
  'readers of an entry before the beginning': {
    sql: `INSERT INTO log_concerns VALUES (UUID(), 7, 0, 1)`,
    at: 7n,
  },
  'an entry added behind the end': {
    sql: `INSERT INTO log_entries (sequence, id, time, level, service, action, concerns, message, data, personal, hash)
      SELECT 3900000000, UUID(), time, level, service, action, concerns, message, data, personal, hash FROM log_entries WHERE sequence = ${FIRST}`,
    at: 3_000_000_134n,
  },
  'two swapped entries': {
    sql: `UPDATE log_entries SET sequence = CASE sequence WHEN ${FIRST + 8n} THEN ${FIRST + 900n} WHEN ${FIRST + 9n} THEN ${FIRST + 8n} ELSE sequence END WHERE sequence IN (${FIRST + 8n}, ${FIRST + 9n}) ORDER BY sequence`,
    at: FIRST + 8n,
  },
  'the counts of a dropped month': {
    sql: `INSERT INTO log_counts VALUES ('2025-01-01', 'INFO', 'auth', 'LOGIN', NULL, 1, 0, 0, 0)`,
    at: 3_000_000_134n,
  },
  'a beginning that was moved back': {
    sql: "DELETE FROM log_dropped_months WHERE month = '2025-02'",
    at: 131n,
  },
  'a log that never dropped anything': { sql: 'DELETE FROM log_dropped_months', at: 1n },
  'a first dropped month that is missing': {
    sql: "DELETE FROM log_dropped_months WHERE month = '2025-01'",
    at: 1_000_000_129n,
  },
  'another hash of the beginning': {
    sql: "UPDATE log_dropped_months SET last_hash = REPEAT('x', 32) WHERE month = '2025-02'",
    at: 1_000_000_129n,
  },
  'another number of dropped entries': {
    sql: "UPDATE log_dropped_months SET entries = 1 WHERE month = '2025-02'",
    at: 1_000_000_129n,
  },
  'a checkpoint of the exported part that the bank did not sign': {
    sql: "INSERT INTO log_checkpoints VALUES (9, REPEAT('x', 64), REPEAT('x', 32), NOW(3), 'k')",
    at: 1_000_000_129n,
  },
};

const TABLES = ['log_entries', 'log_concerns', 'log_checkpoints', 'log_dropped_months', 'log_counts'];

test('after months were dropped, every kind of change is found', async (t) => {
  const log = await brokenInto(t);
  for (const table of TABLES) await log.owner.raw(`CREATE TABLE copied_${table} SELECT * FROM ${table}`);
  for (const [what, { sql, at }] of Object.entries(breaks)) {
    await log.owner.raw(sql);
    t.like(await log.verify(), { ok: false, firstBreak: at }, what);
    for (const table of TABLES) {
      await log.owner.raw(`DELETE FROM ${table}`);
      await log.owner.raw(`INSERT INTO ${table} SELECT * FROM copied_${table}`);
    }
  }
  t.like(await log.verify(), { ok: true });
});

test('a beginning that an intruder moved forward is found, at a real checkpoint too', async (t) => {
  const log = await brokenInto(t);
  const [dropped] = (await queryOnce(log.db, readDropped())).slice(-1);
  const cut = log.kept.filter(({ sequence }) => sequence > 2_000_000_000n).at(-1);
  if (dropped === undefined || cut === undefined) return t.fail();
  const about = { month: '2025-03', previous: dropped.last, last: cut, entries: 60, time: NOW };
  for (const signature of [
    cut.signature,
    dropped.signature,
    signMonth(newCheckpointKeys().signer, 'dropped', about).signature,
  ]) {
    await queryOnce(log.owner, insertDropped({ ...about, keyId: log.keys.signer.keyId, signature }));
    for (const table of ['log_entries', 'log_concerns'])
      await log.owner.raw(`DELETE FROM ${table} WHERE sequence <= ?`, [String(cut.sequence)]);
    t.like(await log.verify(), {
      ok: false,
      reason: 'the log says that 2025-03 was dropped, which was not signed by the bank',
    });
    await log.owner.raw("DELETE FROM log_dropped_months WHERE month = '2025-03'");
    t.like(await log.verify(), { ok: false, firstBreak: 1_000_000_130n });
  }
});

test('what the bank signed about an export is not a beginning', async (t) => {
  const log = await brokenInto(t);
  const { statement } = await log.exportMonth('2025-03');
  await queryOnce(log.owner, insertDropped(statement));
  for (const table of ['log_entries', 'log_concerns'])
    await log.owner.raw(`ALTER TABLE ${table} DROP PARTITION m2025_03`);
  t.like(await log.verify(), { ok: false });
});

test('a log that was rewritten after its beginning contradicts the checkpoints', async (t) => {
  const log = await brokenInto(t);
  const [dropped] = (await queryOnce(log.db, readDropped())).slice(-1);
  await log.owner.raw("UPDATE log_entries SET data = '[]' WHERE sequence = ?", [String(FIRST + 70n)]);
  let hash = dropped?.last.hash ?? Buffer.alloc(32);
  for (const entry of await queryOnce(log.db, readChain(0n, 1_000))) {
    hash = chainHash(hash, entry);
    await log.owner.raw('UPDATE log_entries SET hash = ? WHERE sequence = ?', [hash, String(entry.sequence)]);
  }
  await log.owner.raw('UPDATE log_chain SET hash = ?', [hash]);
  t.like(await log.verify({ keys: undefined }), { ok: true });
  const found = await log.verify();
  t.false(found.ok);
  t.regex(found.reason ?? '', /rewritten after entry 2000000059/);
});
