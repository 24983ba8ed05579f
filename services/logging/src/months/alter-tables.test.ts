import { isLeaseHeld, queryOnce, select, sql } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { MIGRATIONS } from '../fixtures.ts';
import { GRANTS } from '../grants.ts';
import { alterTables } from './alter-tables.ts';
import { MONTHS_LEASE } from './store.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS, grants: GRANTS, pool: 2 });
test.after.always(drop);

test('the connection outlasts work on other connections, for which the server would end an idle one', async (t) => {
  const seconds = await alterTables(db, async (trx) => {
    t.true(await queryOnce(db, isLeaseHeld(MONTHS_LEASE)));
    const waits = select<{ seconds: number | bigint }>(sql`SELECT @@SESSION.wait_timeout AS seconds`);
    return Number((await queryOnce(trx, waits))[0]?.seconds);
  });
  t.true(seconds >= 3600, `${seconds} s`);
  t.false(await queryOnce(db, isLeaseHeld(MONTHS_LEASE)));
});
