import { readFile } from 'node:fs/promises';
import test from 'ava';
import { withLifeTable } from './life-table.ts';

test('the docs match the life of an operation in the code (to update: npm run document --workspace services/accounts)', async (t) => {
  const docs = await readFile(new URL('../../../../docs/money.md', import.meta.url), 'utf8');
  t.is(withLifeTable(docs), docs);
});
