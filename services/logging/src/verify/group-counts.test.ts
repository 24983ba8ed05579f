import { newId } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';
import { verifyChain } from './verify-chain.ts';

const agent = { id: newId(), username: 'bruno', role: 'agent' as const };

/** A log with decisions and failed sign-ins, whose triggers are gone. */
async function brokenInto(t: ExecutionContext) {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  const times = ['10:14:59.999', '10:15:00.000', '10:59:59.999', '11:00:00.000'];
  await storeEvents(
    db,
    times.flatMap((at) => {
      const time = `2026-03-29T${at}Z`;
      return [
        buildEvent({ time, actor: agent, action: 'TRANSFER_POSTED' }),
        buildEvent({ time, service: 'auth', action: 'LOGIN_FAILED', data: { ip: '192.0.2.1' } }),
      ];
    }),
  );
  await db.raw('DROP TRIGGER log_entries_no_update');
  t.true((await verifyChain(db)).ok);
  return db;
}

test('a failed sign-in that is hidden from the filter by address is found', async (t) => {
  const db = await brokenInto(t);
  await db.raw('UPDATE log_entries SET address = NULL WHERE sequence = 4');
  t.like(await verifyChain(db), { ok: false, firstBreak: 4n, reason: 'the address of an entry was changed' });
});

const MISCOUNTED: Record<string, string> = {
  'is too high': 'UPDATE log_group_counts SET quarter_1 = quarter_1 + 1',
  'is missing': "DELETE FROM log_group_counts WHERE kind = 'failed_sign_in'",
  'belongs to another address': "UPDATE log_group_counts SET name = 'x' WHERE kind = 'failed_sign_in'",
  'is of a kind that no chart reads': "UPDATE log_group_counts SET kind = 'Decision' WHERE kind = 'decision'",
  'has no entries': `INSERT INTO log_group_counts VALUES ('decision', '1999-01-01', 'x', 0, 1, 0, 0)`,
};

// As docs/operations/log-chain-broken.md has it.
const QUARTERS = [0, 1, 2, 3].map((quarter) => `SUM(MINUTE(time) DIV 15 = ${quarter})`).join(', ');
const HOUR = `CAST(DATE_FORMAT(time, '%Y-%m-%d %H:00:00') AS DATETIME)`;
const countAgain = (actions: string) => `INSERT INTO log_group_counts
  SELECT 'failed_sign_in', ${HOUR} AS started, address, ${QUARTERS} FROM log_entries WHERE address IS NOT NULL GROUP BY started, address
  UNION ALL SELECT 'decision', ${HOUR} AS started, actor_id, ${QUARTERS} FROM log_entries
    WHERE actor_role = 'agent' AND action IN (${actions}) GROUP BY started, actor_id`;

test('changed numbers of decisions and failed sign-ins are found, and can be counted again', async (t) => {
  const db = await brokenInto(t);
  for (const [how, sql] of Object.entries(MISCOUNTED)) {
    await db.raw(sql);
    t.like(
      await verifyChain(db),
      { ok: false, reason: 'the numbers of entries in the charts were changed' },
      how,
    );
    await db.raw('DELETE FROM log_group_counts');
    await db.raw(countAgain("'TRANSFER_POSTED'"));
    t.true((await verifyChain(db)).ok, how);
  }
});
