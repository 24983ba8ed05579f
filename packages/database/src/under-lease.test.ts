import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import { createLeasesTable, isLeaseHeld, LeaseLostError } from './lease.ts';
import { queryOnce } from './query.ts';
import { underLease } from './under-lease.ts';

const { db, drop } = await testDatabase({ pool: 6 });
test.after.always(drop);
test.before(() => createLeasesTable(db));

test('work runs in one process at a time, the others wait', async (t) => {
  let inside = 0;
  const ran: number[] = [];
  const work = async (one: number) => {
    inside += 1;
    t.is(inside, 1);
    t.true(await queryOnce(db, isLeaseHeld('turns')));
    ran.push(one);
    await db.raw('SELECT SLEEP(0.1)');
    inside -= 1;
    return one;
  };
  const results = [1, 2, 3].map((one) => underLease(db, 'turns', () => work(one), { waitSeconds: 30 }));
  t.deepEqual(await Promise.all(results), [1, 2, 3]);
  t.deepEqual(ran.toSorted(), [1, 2, 3]);
  t.false(await queryOnce(db, isLeaseHeld('turns')));
});

test('it is free again after work that fails, with the error of the work', async (t) => {
  const failing = async () => {
    throw new Error('no');
  };
  await t.throwsAsync(underLease(db, 'failing', failing, { waitSeconds: 0 }), { message: 'no' });
  t.is(await underLease(db, 'failing', async () => 1, { waitSeconds: 0 }), 1);
});

test('work that takes longer than the lease keeps it, and another process gives up in time', async (t) => {
  const done = Promise.withResolvers<void>();
  const long = underLease(db, 'long', () => done.promise, { waitSeconds: 0 });
  const expiry = async () => {
    const [[row]] = await db.raw("SELECT expires_at FROM leases WHERE name = 'long'");
    return (row?.expires_at as Date | undefined)?.getTime() ?? 0;
  };
  const first = await eventually(expiry);
  t.true(await eventually(async () => (await expiry()) > first), 'it is extended');
  await t.throwsAsync(
    underLease(db, 'long', async () => undefined, { waitSeconds: 0.3 }),
    { instanceOf: LeaseLostError },
  );
  done.resolve();
  await long;
});

test('work that has lost its lease learns it between two steps', async (t) => {
  const losing = underLease(
    db,
    'lost',
    async (makeSure) => {
      await makeSure();
      await db.raw("UPDATE leases SET holder = 'another', fence = fence + 1 WHERE name = 'lost'");
      await makeSure();
    },
    { waitSeconds: 0 },
  );
  await t.throwsAsync(losing, { instanceOf: LeaseLostError });
});
