import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import {
  createLeasesTable,
  holdLease,
  keepLease,
  type Lease,
  LeaseLostError,
  lockLease,
  releaseLease,
  takeLease,
} from './lease.ts';
import { queryOnce } from './query.ts';
import { transaction } from './transaction.ts';

const { db, drop } = await testDatabase({ pool: 8 });
test.after.always(drop);
test.before(() => createLeasesTable(db));

const take = async (name: string, holder: string, seconds = 60) => takeLease(db, name, seconds, holder);
const taken = async (name: string, holder: string, seconds = 60) =>
  (await take(name, holder, seconds)) as Lease;

test('if several processes take a lease at once, only one gets it', async (t) => {
  const leases = await Promise.all(['a', 'b', 'c', 'd'].map((holder) => take('race', holder)));
  t.is(leases.filter((lease) => lease !== null).length, 1);
});

test('an expired lease is taken over with a higher fence, and its first holder can no longer use it', async (t) => {
  const first = await taken('late', 'first', 2);
  t.is(await take('late', 'second'), null);
  const second = (await eventually(() => take('late', 'second'))) as Lease;
  t.true(second.fence > first.fence);
  t.false(await queryOnce(db, keepLease(first, 60)));
  await queryOnce(db, releaseLease(first));
  t.is(await take('late', 'third'), null, 'the first holder cannot release it');
  await t.throwsAsync(
    transaction(db, (trx) => queryOnce(trx, holdLease(first))),
    { instanceOf: LeaseLostError },
  );
  t.true(await queryOnce(db, keepLease(second, 60)));
  await t.notThrowsAsync(transaction(db, (trx) => queryOnce(trx, holdLease(second))));
});

test('its holder can take it again with the same fence', async (t) => {
  const first = await taken('same', 'me', 0.1);
  t.deepEqual(await take('same', 'me'), first);
});

test('a released lease is free immediately, and its next holder gets a higher fence', async (t) => {
  const first = await taken('back', 'me');
  await queryOnce(db, releaseLease(first));
  const again = await taken('back', 'me');
  t.true(again.fence > first.fence);
});

test('keeping a lease always writes, even twice within a millisecond', async (t) => {
  const lease = await taken('kept', 'me');
  const expiry = async () => {
    const [[row]] = await db.raw("SELECT expires_at FROM leases WHERE name = 'kept'");
    return (row.expires_at as Date).getTime();
  };
  const seen = [];
  for (let round = 0; round < 20; round += 1) {
    t.true(await queryOnce(db, keepLease(lease, 0)));
    seen.push(await expiry());
  }
  t.is(new Set(seen).size, 20);
});

test('a transaction that holds a lease prevents others from taking it until it ends', async (t) => {
  const lease = await taken('fenced', 'me', 0.05);
  let ended = false;
  let taking: Promise<Lease | null> | undefined;
  await transaction(db, async (trx) => {
    await queryOnce(trx, holdLease(lease));
    await new Promise((resolve) => setTimeout(resolve, 100));
    taking = take('fenced', 'other').finally(() => t.true(ended));
    await new Promise((resolve) => setTimeout(resolve, 300));
    ended = true;
  });
  t.truthy(await taking);
});

test('transactions that lock a lease run one after another, including the very first one', async (t) => {
  let inside = 0;
  let most = 0;
  await Promise.all(
    [1, 2, 3, 4].map(() =>
      transaction(db, async (trx) => {
        await queryOnce(trx, lockLease('exclusive'));
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 30));
        inside -= 1;
      }),
    ),
  );
  t.is(most, 1);
});
