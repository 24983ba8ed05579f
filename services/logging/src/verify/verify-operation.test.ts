import { newId, queryOnce } from '@guichet/database';
import { publicKeysOf, signCheckpoint } from '@guichet/log-checkpoints';
import { type KnexDatabase, testDatabase } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { insertCheckpoint } from '../checkpoints/store.ts';
import { readChain } from '../entries/store.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { storeEvents } from '../intake/store-events.ts';
import { verifyOperation } from './verify-operation.ts';

const NOW = new Date('2026-11-29T12:00:00Z');
const SIGNED_AT = new Date('2026-11-29T10:00:00Z');

/**
 * A log of 30 entries with checkpoints at 10 and 20, in a schema whose triggers an intruder has dropped. The operation's entries are 4 (its request),
 * 7 (a view), 17 (posted) and 25 (its mail).
 */
async function brokenInto(t: ExecutionContext) {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 4 });
  t.teardown(drop);
  const keys = newCheckpointKeys();
  const published = publicKeysOf(keys.published);
  const operation = newId();
  const own = new Map([
    [4, 'TRANSFER_REQUESTED'],
    [7, 'OPERATION_VIEWED'],
    [17, 'TRANSFER_POSTED'],
    [25, 'MAIL_SENT'],
  ]);
  for (let batch = 0; batch < 3; batch += 1) {
    const events = Array.from({ length: 10 }, (_, index) => {
      const action = own.get(batch * 10 + index + 1);
      return buildEvent({
        time: '2026-11-29T09:00:00.000Z',
        ...(action === undefined ? {} : { action, operation_id: operation, data: { amount: 100 + index } }),
      });
    });
    await storeEvents(db, events);
    if (batch < 2) await signEnd({ db, keys, clock: () => SIGNED_AT });
  }
  for (const table of ['log_entries', 'log_concerns', 'log_checkpoints'])
    for (const verb of ['update', 'delete']) await db.raw(`DROP TRIGGER ${table}_no_${verb}`);
  const verify = async (options: Partial<Parameters<typeof verifyOperation>[2]> = {}) => {
    const found = await verifyOperation(db, operation, { keys: published, now: NOW, page: 3, ...options });
    const { fault, unread, checked, entries } = found;
    return {
      fault: fault === null ? null : `${fault.kind} ${fault.sequence}`,
      unread: Number(unread),
      checked,
      proofs: entries.map(({ entry, proof }) => `${entry.sequence} ${proof}`).join(', '),
      entries,
    };
  };
  return { db, keys, operation, verify };
}

async function rehash(db: KnexDatabase, sequences: readonly number[] | 'all') {
  let hash = GENESIS_HASH;
  for (const entry of await queryOnce(db, readChain(0n, 100))) {
    if (sequences !== 'all' && !sequences.includes(Number(entry.sequence))) {
      hash = entry.hash;
      continue;
    }
    hash = chainHash(hash, entry);
    await db.raw('UPDATE log_entries SET hash = ? WHERE sequence = ?', [hash, String(entry.sequence)]);
  }
  if (sequences === 'all') await db.raw('UPDATE log_chain SET hash = ?', [hash]);
}

const INTACT = '4 signed, 7 signed, 17 signed, 25 linked';

test('intact entries are proven by the next checkpoint, the newest by their neighbours', async (t) => {
  const { verify, db, keys } = await brokenInto(t);
  const found = await verify();
  t.like(found, { fault: null, unread: 0, checked: 27, proofs: INTACT });
  t.deepEqual(
    found.entries.map(({ signedAt }) => signedAt),
    [SIGNED_AT, SIGNED_AT, SIGNED_AT, null],
  );
  await signEnd({ db, keys, clock: () => NOW });
  t.like(await verify(), { fault: null, proofs: INTACT.replace('linked', 'signed') });
  const unknown = await verifyOperation(db, newId(), { keys: publicKeysOf(keys.published), now: NOW });
  t.like(unknown, { fault: null, checked: 0, entries: [] });
});

for (const [what, column] of [
  ['its data', `data = '{"amount":1}'`],
  ['its time', 'time = time + INTERVAL 1 DAY'],
  ['its action', "action = 'TRANSFER_REJECTED'"],
  ['its actor', "actor_id = '019ad000-0000-7000-8000-00000000000a', actor_role = 'agent'"],
  ['its hash', "hash = REPEAT('x', 32)"],
] as const) {
  test(`an entry that was changed is found: ${what}`, async (t) => {
    const { db, verify } = await brokenInto(t);
    await db.raw(`UPDATE log_entries SET ${column} WHERE sequence = 17`);
    const found = await verify();
    t.is(found.fault, 'changed 17');
    t.regex(found.proofs, /^4 signed, 7 signed, 17 broken/);
  });
}

test('an entry that was changed with its own hash right is found at the next one', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw(`UPDATE log_entries SET data = '{"amount":1}' WHERE sequence = 17`);
  await rehash(db, [17]);
  t.like(await verify(), { fault: 'changed 18', proofs: '4 signed, 7 signed, 17 broken, 25 linked' });
});

for (const sequence of [4, 7, 17, 25]) {
  test(`a removed entry is found: ${sequence}`, async (t) => {
    const { db, verify } = await brokenInto(t);
    for (const table of ['log_entries', 'log_concerns'])
      await db.raw(`DELETE FROM ${table} WHERE sequence = ?`, [sequence]);
    const { fault, proofs } = await verify();
    t.is(fault, sequence === 4 ? 'request_missing 7' : `missing ${sequence}`);
    t.false(proofs.split(', ').some((one) => one.startsWith(`${sequence} `)));
  });
}

test('a removed entry in the place of which the others moved up is found', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw('DELETE FROM log_entries WHERE sequence = 17');
  await db.raw('UPDATE log_entries SET sequence = sequence - 1 WHERE sequence > 17 ORDER BY sequence');
  t.is((await verify()).fault, 'changed 17');
});

test('an entry that was taken from the operation is found', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw('UPDATE log_entries SET operation_id = NULL WHERE sequence = 17');
  t.is((await verify()).fault, 'changed 17');
});

test('swapped entries are found', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw('UPDATE log_entries SET sequence = 99 WHERE sequence = 7');
  await db.raw('UPDATE log_entries SET sequence = 7 WHERE sequence = 17');
  await db.raw('UPDATE log_entries SET sequence = 17 WHERE sequence = 99');
  t.like(await verify(), { fault: 'changed 7', proofs: '4 linked, 7 broken, 17 broken, 25 linked' });
});

test('an entry that was put behind the end is found', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw('UPDATE log_entries SET sequence = 31 WHERE sequence = 25');
  const found = await verify();
  t.is(found.fault, 'missing 25');
  t.regex(found.proofs, /31 broken/);
});

test('a log that was rewritten with all hashes right contradicts the checkpoint', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw(`UPDATE log_entries SET data = '{"amount":1}' WHERE sequence = 17`);
  await rehash(db, 'all');
  t.like(await verify(), { fault: 'rewritten 20', proofs: '4 signed, 7 signed, 17 broken, 25 linked' });
});

test('newer entries, which no checkpoint stands for yet, contradict what the process has seen', async (t) => {
  const { db, verify } = await brokenInto(t);
  const [{ hash }] = (await db('log_chain').select('hash')) as [{ hash: Buffer }];
  const witnessed = { sequence: 30n, hash };
  t.is((await verify({ witnessed })).fault, null);
  await db.raw(`UPDATE log_entries SET data = '{"amount":1}' WHERE sequence = 25`);
  await rehash(db, 'all');
  t.is((await verify()).fault, null);
  t.like(await verify({ witnessed }), { fault: 'rewritten 30' });
  await db.raw('DELETE FROM log_entries WHERE sequence > 24');
  await db.raw(
    'UPDATE log_chain SET sequence = 24, hash = (SELECT hash FROM log_entries WHERE sequence = 24)',
  );
  t.is((await verify({ witnessed })).fault, 'end_changed 25');
});

test('a checkpoint that the bank did not sign is found, and stands for nothing', async (t) => {
  const { db, verify } = await brokenInto(t);
  await db.raw('DELETE FROM log_checkpoints');
  await db.raw(`UPDATE log_entries SET data = '{"amount":1}' WHERE sequence = 17`);
  await rehash(db, 'all');
  const entry = (await queryOnce(db, readChain(19n, 1)))[0];
  const forged = signCheckpoint(newCheckpointKeys().signer, {
    sequence: 20n,
    hash: entry?.hash ?? GENESIS_HASH,
    time: SIGNED_AT,
  });
  await queryOnce(db, insertCheckpoint(forged));
  t.like(await verify(), { fault: 'checkpoint_not_signed 20' });
  t.notRegex((await verify()).proofs, /signed/);
});

test('the key of a person that was changed is found', async (t) => {
  const { db, verify, operation } = await brokenInto(t);
  const actor = { id: newId(), username: 'ann', role: 'agent' as const };
  await storeEvents(db, [
    buildEvent({
      action: 'OPERATION_VIEWED',
      operation_id: operation,
      actor,
      time: SIGNED_AT.toISOString(),
      message: '\uFFFC',
      names: [{ of: actor.id, text: 'ann' }],
    }),
  ]);
  t.is((await verify()).fault, null);
  await db.raw("UPDATE person_keys SET seal_key = REPEAT('x', 32) WHERE user_id = ?", [actor.id]);
  t.is((await verify()).fault, 'unreadable 31');
});

test('a large log is not read as a whole: each entry is proven alone, and what lies between is counted', async (t) => {
  const { db, verify } = await brokenInto(t);
  const found = await verify({ budget: 9 });
  t.like(found, { fault: null, proofs: INTACT });
  t.true(found.unread > 0 && found.checked <= 9 + 2 * 4, `${found.unread} ${found.checked}`);
  await db.raw(`UPDATE log_entries SET data = '{"amount":1}' WHERE sequence = 25`);
  t.is((await verify({ budget: 9 })).fault, 'changed 25');
  t.is((await verify({ budget: 0 })).fault, 'changed 25');
});

test('a request that has only just been stored is not missed', async (t) => {
  const { db, verify } = await brokenInto(t);
  for (const sequence of [4]) await db.raw('DELETE FROM log_entries WHERE sequence = ?', [sequence]);
  const now = new Date('2026-11-29T09:00:30Z');
  t.is((await verify({ now })).fault, null);
  t.is((await verify()).fault, 'request_missing 7');
});

test('an operation all of whose entries were removed is not intact', async (t) => {
  const { db, keys } = await brokenInto(t);
  const published = publicKeysOf(keys.published);
  const at = (time: string) => new Date(`2026-11-29T${time}Z`);
  const verifyUnknown = async (createdAt: Date, now = NOW) =>
    (await verifyOperation(db, newId(createdAt), { keys: published, now })).fault?.kind ?? null;
  // The entries of the log are from 9:00.
  t.is(await verifyUnknown(at('08:30:00')), 'request_missing');
  t.is(await verifyUnknown(at('08:59:30')), null, 'its entries may come');
  t.is(await verifyUnknown(at('11:00:00')), null, 'the log is behind');
  t.is(await verifyUnknown(at('08:30:00'), at('08:30:30')), null);
  const ofAnother = await verifyOperation(db, '7f1c3b52-5d3e-4a0c-9c56-0f4b8a7d2e11', {
    keys: published,
    now: NOW,
  });
  t.is(ofAnother.fault, null, 'the id of no operation');
});

test('verifying while the log grows finds no break', async (t) => {
  const { db, verify, keys } = await brokenInto(t);
  let isDone = false;
  const growing = (async () => {
    while (!isDone) {
      await storeEvents(db, [buildEvent()]);
      await signEnd({ db, keys, clock: () => NOW });
    }
  })();
  for (let round = 0; round < 20; round += 1) t.is((await verify()).fault, null);
  isDone = true;
  await growing;
});

test('an operation across the end of a month is verified, however many sequences the month left over', async (t) => {
  const { db, verify, operation, keys } = await brokenInto(t);
  await db('log_months').insert({ month: '2026-12', first_sequence: '1000000000' });
  await db.raw(
    'INSERT INTO log_months (month, first_sequence) VALUES ("1970-01", 0) ON DUPLICATE KEY UPDATE month = month',
  );
  const december = () => new Date('2026-12-01T09:00:00Z');
  await storeEvents(db, [buildEvent({ action: 'REVERSAL_POSTED', operation_id: operation })], december());
  await signEnd({ db, keys, clock: december });
  const found = await verify();
  t.like(found, { fault: null, unread: 0 });
  t.is(found.proofs, '4 signed, 7 signed, 17 signed, 25 signed, 1000000000 signed');
  await db.raw('DELETE FROM log_entries WHERE sequence = 30');
  t.like(await verify(), { fault: 'missing 30' });
});
