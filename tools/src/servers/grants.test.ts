import { randomBytes } from 'node:crypto';
import { grantTables, migrate, openDatabase, type TableGrants } from '@guichet/database';
import { schemaStatements } from '@guichet/jobs/servers/schema-statements';
import { silentLog } from '@guichet/log';
import { testDatabase, withKnex } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { GRANTS as ACCOUNTS } from '../../../services/accounts/src/grants.ts';
import { GRANTS as AUTH } from '../../../services/auth/src/grants.ts';
import { GRANTS as LOGGING } from '../../../services/logging/src/grants.ts';

const SERVICES: Readonly<Record<string, TableGrants>> = { auth: AUTH, accounts: ACCOUNTS, logging: LOGGING };
const MIGRATION_TABLES = ['schema_migrations', 'schema_migrations_lock'];
const DENIED = /command denied|denied to user/;

/** A schema with its two users, created as in a real installation. */
async function openSchema(t: ExecutionContext) {
  const root = await testDatabase();
  const schema = root.settings.DATABASE_NAME;
  const suffix = randomBytes(4).toString('hex');
  const users = {
    schema,
    user: `runtime_${suffix}`,
    password: 'secret-1',
    migrationUser: `migration_${suffix}`,
    migrationPassword: 'secret-2',
  };
  const statements = schemaStatements([users], { tls: false });
  // Twice, because the statements run at every start.
  for (const statement of [...statements, ...statements]) await root.db.raw(statement);
  const open = (DATABASE_USER: string, DATABASE_PASSWORD: string) =>
    withKnex(
      openDatabase({ ...root.settings, DATABASE_USER, DATABASE_PASSWORD, DATABASE_POOL: 2 }, silentLog),
    );
  const migration = open(users.migrationUser, users.migrationPassword);
  const runtime = open(users.user, users.password);
  t.teardown(async () => {
    await Promise.all([migration.destroy(), runtime.destroy()]);
    for (const user of [users.user, users.migrationUser]) await root.db.raw("DROP USER ?@'%'", [user]);
    await root.drop();
  });
  return { root: root.db, migration, runtime, user: users.user };
}

for (const [service, grants] of Object.entries(SERVICES)) {
  test(`${service} can do with each of its tables only what its grants list, and cannot change the schema`, async (t) => {
    const { root, migration, runtime, user } = await openSchema(t);
    await migrate(migration, new URL(`../../../services/${service}/migrations/`, import.meta.url), silentLog);
    await grantTables(migration, user, grants);
    await grantTables(migration, user, grants);
    const [tables] = await root.raw(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
    );
    const names = (tables as { name: string }[]).map(({ name }) => name);
    t.deepEqual(names.filter((name) => !MIGRATION_TABLES.includes(name)).sort(), Object.keys(grants).sort());
    for (const name of names) {
      const [[column]] = await root.raw(
        'SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? LIMIT 1',
        [name],
      );
      const attempts = {
        INSERT: runtime.raw('INSERT INTO ?? SELECT * FROM ?? WHERE 1 = 0', [name, name]),
        UPDATE: runtime.raw('UPDATE ?? SET ?? = ?? WHERE 1 = 0', [name, column.name, column.name]),
        DELETE: runtime.raw('DELETE FROM ?? WHERE 1 = 0', [name]),
      };
      for (const [verb, attempt] of Object.entries(attempts)) {
        const allowed = await attempt.then(
          () => true,
          (error: Error) => {
            t.regex(error.message, DENIED);
            return false;
          },
        );
        t.is(allowed, grants[name]?.includes(verb as 'INSERT') ?? false, `${verb} ${name}`);
      }
      for (const change of [
        'ALTER TABLE ?? ADD COLUMN extra INT',
        'DROP TABLE ??',
        'TRUNCATE TABLE ??',
        'CREATE INDEX extra ON ?? (sequence)',
        'CREATE TRIGGER extra BEFORE INSERT ON ?? FOR EACH ROW SET @x = 1',
        'RENAME TABLE ?? TO extra',
      ])
        await t.throwsAsync(runtime.raw(change, [name]), { message: DENIED }, change);
    }
    await t.throwsAsync(runtime.raw('CREATE TABLE extra (id INT)'), { message: DENIED });
    await t.throwsAsync(runtime.raw("GRANT DELETE ON outbox TO ?@'%'", [user]), { message: DENIED });
    const [triggers] = await root.raw(
      'SELECT trigger_name AS name FROM information_schema.triggers WHERE trigger_schema = DATABASE()',
    );
    for (const { name } of triggers as { name: string }[])
      await t.throwsAsync(runtime.raw(`DROP TRIGGER ${name}`), { message: DENIED });
  });
}

test('no grant allows updates or deletes in append-only tables', (t) => {
  for (const table of ['transfers', 'entries', 'decisions']) t.deepEqual(ACCOUNTS[table], ['INSERT'], table);
  for (const table of ['log_entries', 'log_concerns']) t.deepEqual(LOGGING[table], ['INSERT'], table);
});

test('a table without a grant is an error of the migration step', async (t) => {
  const { migration, user } = await openSchema(t);
  await migration.raw('CREATE TABLE forgotten (id INT)');
  await t.throwsAsync(grantTables(migration, user, {}), { message: /forgotten/ });
});
