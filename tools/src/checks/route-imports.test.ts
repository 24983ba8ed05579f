import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { forbiddenRouteImports } from './route-imports.ts';

async function found(t: ExecutionContext, files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(join(tmpdir(), 'guichet-routes-'));
  t.teardown(() => rm(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return forbiddenRouteImports(root);
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
