import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { type DatabaseError, isDuplicateKey, isRetryable, isUnavailable } from './errors.ts';
import { queryOnce } from './query.ts';
import { change, select } from './query-value.ts';
import { sql } from './sql.ts';
import { type Transaction, transaction } from './transaction.ts';

const { db, drop } = await testDatabase({ pool: 12 });
test.after.always(drop);
test.before(async () => {
  await db.raw(`CREATE TABLE account (
    id INT PRIMARY KEY, owner VARCHAR(60) NOT NULL, balance BIGINT NOT NULL, UNIQUE KEY account_owner (owner)
  ) ENGINE=InnoDB`);
  await db.raw("INSERT INTO account VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0), (4, 'four', 0)");
});

const balances = async () => {
  const [rows] = await db.raw('SELECT balance FROM account WHERE id <= 4 ORDER BY id');
  return (rows as { balance: bigint }[]).map(({ balance }) => balance);
};
const add = (trx: Transaction, id: number, amount: number) =>
  queryOnce(trx, change(sql`UPDATE account SET balance = balance + ${amount} WHERE id = ${id}`));

test.serial('work that throws is rolled back, and the caller gets its error', async (t) => {
  const failure = new Error('no');
  const error = await t.throwsAsync(
    transaction(db, async (trx) => {
      await add(trx, 1, 5);
      throw failure;
    }),
  );
  t.is(error, failure);
  t.deepEqual(await balances(), [0n, 0n, 0n, 0n]);
});

test.serial('transactions that deadlock run again as a whole until both commit', async (t) => {
  let [runs, holding] = [0, 0];
  const both = Promise.withResolvers<void>();
  const cross = (first: number, second: number) =>
    transaction(db, async (trx) => {
      runs += 1;
      await add(trx, first, 1);
      holding += 1;
      // Not when both run: one that doesn't hold its first row yet could let the other pass.
      if (holding === 2) both.resolve();
      await both.promise;
      await add(trx, second, 1);
    });
  await Promise.all([cross(1, 2), cross(2, 1)]);
  t.true(runs > 2, 'they have met');
  t.deepEqual((await balances()).slice(0, 2), [2n, 2n]);
});

test.serial(
  'a deadlock at every attempt is rethrown after the last one, as an unavailable database',
  async (t) => {
    let runs = 0;
    const deadlock = Object.assign(new Error('Deadlock found'), { errno: 1213, code: 'ER_LOCK_DEADLOCK' });
    const error = await t.throwsAsync(
      transaction(
        db,
        async () => {
          runs += 1;
          throw deadlock;
        },
        { attempts: 3 },
      ),
    );
    t.is(runs, 3);
    t.true(isUnavailable(error));
  },
);

test.serial('a duplicate key is never retried', async (t) => {
  let runs = 0;
  const error = await t.throwsAsync(
    transaction(db, async (trx) => {
      runs += 1;
      await queryOnce(trx, change(sql`INSERT INTO account VALUES (9, 'one', 0)`));
    }),
  );
  t.is(runs, 1);
  t.true(isDuplicateKey(error));
  t.false(isRetryable(error));
  t.false(isUnavailable(error));
});

test.serial(
  'a duplicate key is recognized by the name of the key, whatever the value contains',
  async (t) => {
    const insert = (id: number, owner: string) => db.raw('INSERT INTO account VALUES (?, ?, 0)', [id, owner]);
    await insert(20, "x' for key 'PRIMARY'");
    const byOwner = await t.throwsAsync(insert(21, "x' for key 'PRIMARY'"));
    t.true(isDuplicateKey(byOwner, 'account_owner'));
    t.true(isDuplicateKey(byOwner, "account_owner'"));
    t.false(isDuplicateKey(byOwner, 'PRIMARY'));
    t.false(isDuplicateKey(byOwner, 'owner'));
    const byId = await t.throwsAsync(insert(20, 'other account_owner'));
    t.true(isDuplicateKey(byId, 'PRIMARY'));
    t.false(isDuplicateKey(byId, 'account_owner'));
    // As MySQL 8 writes it.
    const mysql = Object.assign(new Error("Duplicate entry 'a' for key 'account.account_owner'"), {
      errno: 1062,
    });
    t.true(isDuplicateKey(mysql, 'account_owner'));
  },
);

test.serial('others see only committed changes: READ COMMITTED', async (t) => {
  const isolation = await transaction(db, async (trx) => {
    const balance = select<{ balance: bigint }>(sql`SELECT balance FROM account WHERE id = 3`);
    const [before] = await queryOnce(trx, balance);
    await db.raw('UPDATE account SET balance = 77 WHERE id = 3');
    const [after] = await queryOnce(trx, balance);
    return [before?.balance, after?.balance];
  });
  t.deepEqual(isolation, [0n, 77n]);
});

test.serial('a killed connection makes the database unavailable, and is not retried', async (t) => {
  let runs = 0;
  const error = await t.throwsAsync<DatabaseError>(
    transaction(db, async (trx) => {
      runs += 1;
      const [row] = await queryOnce(trx, select<{ id: bigint }>(sql`SELECT CONNECTION_ID() AS id`));
      await db.raw('KILL ?', [Number(row?.id)]);
      await add(trx, 4, 1);
      await add(trx, 4, 1);
    }),
  );
  t.true(isUnavailable(error), String(error));
  t.is(runs, 1);
  t.is((await balances())[3], 0n);
  // Afterwards, the pool contains no broken connection.
  await Promise.all(Array.from({ length: 12 }, () => db.raw('SELECT 1')));
});
