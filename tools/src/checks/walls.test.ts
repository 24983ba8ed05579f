import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { brokenWalls } from './walls.ts';

/** The names of the rules that these files break. */
async function broken(t: ExecutionContext, files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-walls-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const folders = [...new Set(Object.keys(files).map((path) => path.split('/')[0] as string))];
  const found = await brokenWalls(
    root,
    folders.filter((folder) => folder !== 'node_modules'),
  );
  return [...new Set(found.map((line) => line.split(':')[0] as string))].sort();
}

const knex = {
  'node_modules/knex/package.json': '{"name":"knex","version":"3.0.0","main":"index.js"}',
  'node_modules/knex/index.js': 'module.exports = () => {};',
};

test('a service that imports another service is reported, even if it imports only a type', async (t) => {
  const other = { 'services/b/src/x.ts': 'export type X = 1;\nexport const x = 1;\n' };
  const value = "import { x } from '../../b/src/x.ts';\nconsole.log(x);\n";
  const type = "import type { X } from '../../b/src/x.ts';\nexport const y: X = 1;\n";
  t.deepEqual(await broken(t, { ...other, 'services/a/src/y.ts': value }), [
    'a-service-never-imports-a-service',
  ]);
  t.deepEqual(await broken(t, { ...other, 'services/a/src/y.ts': type }), [
    'a-service-never-imports-a-service',
  ]);
});

test('knex outside packages/database is reported, in a store and as a type too', async (t) => {
  const value = "import knex from 'knex';\nexport const db = knex({});\n";
  const type = "import type { Knex } from 'knex';\nexport const f = (db: Knex) => db;\n";
  for (const [path, text] of [
    ['services/a/src/x/request.ts', value],
    ['services/a/src/x/store.ts', value],
    ['services/a/src/x/store.ts', type],
    ['services/a/src/x/store.test.ts', value],
  ] as const) {
    t.deepEqual(await broken(t, { ...knex, [path]: text }), ['drivers-in-database-only'], path);
  }
  t.deepEqual(await broken(t, { ...knex, 'packages/database/src/x.ts': value }), []);
  const on = { 'packages/database/src/knex-on.ts': 'export const knexOn = 1;\n' };
  const user = (up: string) =>
    `import { knexOn } from '${up}packages/database/src/knex-on.ts';\nexport const x = knexOn;\n`;
  t.deepEqual(await broken(t, { ...on, 'services/a/src/x/store.ts': user('../../../../') }), [
    'knex-in-migrations-and-tests-only',
  ]);
  t.deepEqual(await broken(t, { ...on, 'packages/testing/src/x.ts': user('../../../') }), []);
});

test('rules that do I/O are reported', async (t) => {
  const impure = "import { readFileSync } from 'node:fs';\nexport const f = readFileSync;\n";
  t.deepEqual(await broken(t, { 'services/a/src/x/rules.ts': impure }), ['rules-are-pure']);
});

test('a database import in http or in the mailer is reported, and so is a web server in a plain process', async (t) => {
  const files = {
    'packages/database/src/db.ts': 'export const db = 1;\n',
    'packages/http/src/web.ts': 'export const web = 1;\n',
  };
  const db = "import { db } from '../../database/src/db.ts';\nexport const x = db;\n";
  const web = "import { web } from '../../http/src/web.ts';\nexport const x = web;\n";
  const inMailer = "import { db } from '../../../packages/database/src/db.ts';\nexport const x = db;\n";
  t.deepEqual(await broken(t, { ...files, 'packages/http/src/x.ts': db }), ['no-database-behind-http']);
  t.deepEqual(await broken(t, { ...files, 'services/mailer/src/x.ts': inMailer }), [
    'no-database-behind-http',
  ]);
  t.deepEqual(await broken(t, { ...files, 'packages/process/src/x.ts': web }), ['no-http-in-process']);
  t.deepEqual(await broken(t, { ...files, 'packages/service/src/x.ts': db + web.replace('x =', 'y =') }), []);
});

test('a package that imports a service is reported, and so is a cycle', async (t) => {
  const files = {
    'services/a/src/x.ts': 'export const x = 1;\n',
    'packages/p/src/up.ts': "import { x } from '../../../services/a/src/x.ts';\nexport const up = x;\n",
    'packages/p/src/one.ts': "import { two } from './two.ts';\nexport const one = () => two;\n",
    'packages/p/src/two.ts': "import { one } from './one.ts';\nexport const two = () => one;\n",
  };
  t.deepEqual(await broken(t, files), ['no-cycles', 'packages-stand-below']);
});

test('a folder of accounts that imports a higher one is reported, and so is a folder without a rank', async (t) => {
  const files = {
    'services/accounts/src/operations/x.ts': "import { y } from '../decisions/y.ts';\nexport const x = y;\n",
    'services/accounts/src/decisions/y.ts': 'export const y = 1;\n',
  };
  t.deepEqual(await broken(t, files), ['accounts-folders-in-order']);
  const other = {
    'services/accounts/src/other/x.ts': "import { y } from '../decisions/y.ts';\nexport const x = y;\n",
    'services/accounts/src/decisions/y.ts': 'export const y = 1;\n',
  };
  t.deepEqual(await broken(t, other), ['accounts-folders-in-order']);
});
