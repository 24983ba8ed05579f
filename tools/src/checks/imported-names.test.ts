import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { forbiddenImports } from './imported-names.ts';

async function found(t: ExecutionContext, files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-imports-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return forbiddenImports(root);
}

test('a route file that imports transaction or enqueue is reported, even under another name', async (t) => {
  const lines = await found(t, {
    'services/a/src/x/routes.ts': "import { newId, transaction } from '@guichet/database';\n",
    'services/a/src/x/admin-routes.ts':
      "import {\n  enqueue as send,\n  type OutboxMessage,\n} from '@guichet/outbox';\n",
  });
  t.deepEqual(
    lines.map((line) => line.split(':')[0]),
    ['services/a/src/x/admin-routes.ts imports enqueue', 'services/a/src/x/routes.ts imports transaction'],
  );
});

test('a use case may import both, and a route file may import anything else', async (t) => {
  t.deepEqual(
    await found(t, {
      'services/a/src/x/save.ts': "import { transaction } from '@guichet/database';\n",
      'services/a/src/x/routes.ts': "import { queryOnce } from '@guichet/database';\n// transaction\n",
    }),
    [],
  );
});

test('SQL outside a store is reported, even under another name', async (t) => {
  const lines = await found(t, {
    'services/a/src/x/save.ts': "import { queryOnce, sql as text, table } from '@guichet/database';\n",
    'services/a/src/x/x-store.ts': "import { sql, table } from '@guichet/database';\n",
    'services/a/src/x/store.ts': "import { sql, table } from '@guichet/database';\n",
    'services/a/src/x/save.test.ts': "import { sql } from '@guichet/database';\n",
    'services/a/src/x/path.ts': "import { join } from 'node:path';\n",
  });
  t.deepEqual(lines, [
    'services/a/src/x/save.ts imports sql: write the query in a store',
    'services/a/src/x/save.ts imports table: write the query in a store',
  ]);
});
