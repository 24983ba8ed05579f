import { globSync, readFileSync } from 'node:fs';
import test from 'ava';

const FOLDER = new URL('.', import.meta.url);
// A column with an id, an operator, and a value that is not written by uuid() or uuids().
const BARE =
  /(?<![\w.])(?:\w+\.)?(?:id|(?!correlation)\w+_id)\s*(?:=|<>|<=|>=|<|>|(?:NOT )?IN \()\s*\$\{(?!uuids?\()[^}]*\}/g;

/** Text never equals bytes, and the server does not say so: a forgotten conversion would silently find nothing. */
test('every id in a query is written as bytes', (t) => {
  const files = globSync('**/*.ts', { cwd: FOLDER.pathname }).filter((file) => !file.includes('.test.'));
  t.true(files.length > 50);
  const found = files.flatMap((file) =>
    [...readFileSync(new URL(file, FOLDER), 'utf8').matchAll(BARE)].map(([text]) => `${file}: ${text}`),
  );
  t.deepEqual(found, []);
  t.truthy(['WHERE o.account_id = ', '{accountId}'].join('$').match(BARE), 'it finds what it looks for');
});
