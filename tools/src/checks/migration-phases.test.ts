import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { brokenPhases } from './migration-phases.ts';

async function found(t: ExecutionContext, file: string, statement: string): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-phases-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, 'services/a/migrations');
  await mkdir(folder, { recursive: true });
  await mkdir(join(root, 'services/without'));
  const text = `export async function up(db) {\n  await db.raw(\`${statement}\`);\n}\nexport async function down(db) {\n  await db.raw('DROP TABLE things');\n}\n`;
  await writeFile(join(folder, file), text);
  return brokenPhases(root);
}

const BREAKING = {
  'ALTER TABLE things DROP COLUMN size': 'drops',
  'DROP TABLE things': 'drops',
  'alter table things drop index by_size': 'drops',
  'ALTER TABLE things RENAME COLUMN size TO length': 'renames',
  'RENAME TABLE things TO objects': 'renames',
  'ALTER TABLE things CHANGE size length INT': 'renames',
  'TRUNCATE things': 'empties a table',
  'ALTER TABLE things ADD UNIQUE by_size (size)': 'forbids what was allowed',
  'ALTER TABLE things ADD CONSTRAINT small CHECK (size < 9)': 'forbids what was allowed',
  'ALTER TABLE things ADD COLUMN size INT NOT NULL': 'adds a column that needs a value',
  'ALTER TABLE things ADD size INT NOT NULL, ADD color INT NULL': 'adds a column that needs a value',
  'ALTER TABLE things ADD size INT\n    NOT NULL': 'adds a column that needs a value',
};
for (const [statement, what] of Object.entries(BREAKING))
  test(`in the phases expand and migrate, "${statement.replace(/\s+/g, ' ')}" is reported, in contract it is not`, async (t) => {
    const fault = `:2 ${what}, which belongs in a migration of the phase contract`;
    for (const phase of ['expand', 'migrate'])
      t.deepEqual(await found(t, `0002-${phase}-things.ts`, statement), [
        `services/a/migrations/0002-${phase}-things.ts${fault}`,
      ]);
    t.deepEqual(await found(t, '0002-contract-things.ts', statement), []);
  });

for (const statement of [
  'CREATE TABLE IF NOT EXISTS things (id INT NOT NULL PRIMARY KEY, UNIQUE KEY by_id (id))',
  'ALTER TABLE things ADD COLUMN IF NOT EXISTS size INT NOT NULL DEFAULT 0, ADD INDEX by_size (size)',
  'ALTER TABLE things ADD size INT NULL',
  'ALTER TABLE things ADD half INT NOT NULL AS (size / 2)',
  'UPDATE things SET length = size WHERE length IS NULL',
])
  test(`"${statement.slice(0, 60)}" belongs in any phase, and so does a down that drops`, async (t) => {
    t.deepEqual(await found(t, '0002-expand-things.ts', statement), []);
  });

test('a migration that names no phase is reported, unless it creates the schema', async (t) => {
  t.deepEqual(await found(t, '0002-things.ts', 'SELECT 1'), [
    'services/a/migrations/0002-things.ts must be named <number>-<expand|migrate|contract>-<what>.ts',
  ]);
  t.deepEqual(await found(t, '0001-things.ts', 'DROP TABLE things'), []);
});

test('the migrations of the repository follow the rules', async (t) => {
  t.deepEqual(await brokenPhases(), []);
});
