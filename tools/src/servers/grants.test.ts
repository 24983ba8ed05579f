import { migrate, openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { grantsOf } from './grants.ts';

const MIGRATIONS = new URL('../../../services/accounts/migrations/', import.meta.url);
const APPEND_ONLY = ['decisions', 'entries', 'transfers'];

test('the accounts service migrates its schema, and may change any table of it but the ledger and the decisions', async (t) => {
  const root = await testDatabase();
  const schema = root.settings.DATABASE_NAME;
  // A name of this test's own; the grants are those of the user called accounts.
  const user = schema.slice(-20);
  const statements = grantsOf('accounts', schema).map((one) => one.replaceAll("'accounts'@", `'${user}'@`));
  await root.db.raw("CREATE USER ?@'%' IDENTIFIED BY 'secret'", [user]);
  // Once as at a first start, and once as at the next.
  for (const statement of [...statements, ...statements]) await root.db.raw(statement);
  const service = openDatabase(
    { ...root.settings, DATABASE_USER: user, DATABASE_PASSWORD: 'secret', DATABASE_POOL: 2 },
    silentLog,
  );
  await migrate(service, MIGRATIONS, silentLog);
  // Without the triggers it is the grants that refuse.
  for (const table of ['transfers', 'entries'])
    for (const event of ['update', 'delete']) await root.db.raw(`DROP TRIGGER ${table}_refuse_${event}`);

  const [tables] = await root.db.raw(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  const refused: string[] = [];
  for (const { name } of tables as { name: string }[]) {
    const [[column]] = await root.db.raw(
      'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? LIMIT 1',
      [name],
    );
    const changes = [
      service.raw('UPDATE ?? SET ?? = ?? WHERE 1 = 0', [name, column.name, column.name]),
      service.raw('DELETE FROM ?? WHERE 1 = 0', [name]),
    ];
    const outcomes = await Promise.allSettled(changes);
    if (outcomes.every(({ status }) => status === 'rejected')) refused.push(name);
    else
      t.true(
        outcomes.every(({ status }) => status === 'fulfilled'),
        name,
      );
  }
  t.deepEqual(refused.sort(), APPEND_ONLY);
  for (const table of APPEND_ONLY) {
    for (const deed of [
      'UPDATE ?? SET currency = currency',
      'DELETE FROM ??',
      'TRUNCATE TABLE ??',
      'DROP TABLE ??',
    ]) {
      if (table === 'decisions' && deed.startsWith('UPDATE')) continue;
      await t.throwsAsync(service.raw(deed, [table]), { code: 'ER_TABLEACCESS_DENIED_ERROR' } as never, deed);
    }
  }
  await service.destroy();
  await root.db.raw("DROP USER ?@'%'", [user]);
  await root.drop();
});
