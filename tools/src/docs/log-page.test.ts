import { readFile } from 'node:fs/promises';
import test from 'ava';
import { LOG_PAGE, logPage, readCatalogs } from './log-page.ts';

test('the page of the actions of the audit log is up to date', async (t) => {
  t.is(await readFile(LOG_PAGE, 'utf8'), logPage(await readCatalogs()), 'run npm run log-actions');
});

test('every cell of the page has a text', async (t) => {
  const page = logPage(await readCatalogs());
  t.notRegex(page, /\| *\|/);
  t.regex(page, /^\| `DECISION_REFUSED` \| WARNING \| accounts \| `operation` \| the staff \|/m);
  t.regex(page, /^\| `PASSKEY_ADDED` \|.*\*`name`\*/m);
});
