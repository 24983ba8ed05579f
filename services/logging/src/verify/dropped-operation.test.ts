import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@guichet/database';
import { publicKeysOf } from '@guichet/log-checkpoints';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';
import { addMonths } from '../months/add-months.ts';
import { dropMonth } from '../months/drop-month.ts';
import { exportMonth } from '../months/export-month.ts';
import { verifyOperation } from './verify-operation.ts';

const NOW = new Date('2026-03-10T12:00:00.000Z');
const [january, february, march] = ['2025-01', '2025-02', '2025-03'].map(
  (month) => new Date(`${month}-01T01:00:00Z`),
);

test('an operation whose entries are in two months is verified as in one, also after the month before was dropped', async (t) => {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 4 });
  const folder = await mkdtemp(join(tmpdir(), 'guichet-places-'));
  t.teardown(async () => {
    await drop();
    await rm(folder, { recursive: true, force: true });
  });
  const keys = newCheckpointKeys();
  await addMonths(db, { now: january, ahead: 2 });
  const operation = newId(january);
  const later = newId(february);
  const step = (of: string, action: string) =>
    buildEvent({ action, operation_id: of, time: '2025-01-01T00:00:00.000Z' });
  await storeEvents(db, [buildEvent(), step(operation, 'TRANSFER_REQUESTED'), buildEvent()], january);
  await storeEvents(db, [step(later, 'TRANSFER_REQUESTED'), step(operation, 'TRANSFER_POSTED')], february);
  await storeEvents(db, [buildEvent(), step(later, 'TRANSFER_POSTED')], march);
  await signEnd({ db, keys, clock: () => NOW });

  const verify = (of: string) =>
    verifyOperation(db, of, { keys: publicKeysOf(keys.published), now: NOW, page: 2 });
  const found = await verify(operation);
  t.like(found, { fault: null, unread: 0n, checked: 6 });
  t.deepEqual(
    found.entries.map(({ proof }) => proof),
    ['signed', 'signed'],
  );
  await exportMonth({ db, keys, clock: () => NOW }, '2025-01', folder);
  await dropMonth({ db, keys, clock: () => NOW, retentionMonths: 12 }, '2025-01', folder);
  t.like(await verify(later), { fault: null, unread: 0n });
  t.like(await verify(operation), { fault: null, entries: [{ proof: 'signed' }] });

  await db.raw('DROP TRIGGER log_entries_no_delete');
  await db.raw('DELETE FROM log_entries WHERE sequence = 2000000000');
  t.like(await verify(later), { fault: { kind: 'missing' } });
});
