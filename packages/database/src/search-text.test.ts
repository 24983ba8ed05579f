import { testDatabase } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { findsText } from './search-text.ts';
import { sql } from './sql.ts';

const test = anyTest as TestFn<{ db: Database; drop: () => Promise<void> }>;

const STORED = [
  'Amélie',
  'Łódź',
  '100%',
  'a_b',
  'a\\b',
  'a!b',
  "O'Brien",
  'O’Brien',
  'so "quoted"',
  'cat 😀',
  'dog 🙃',
  '日本',
  'مرحبا',
  'nul\0byte',
];

test.before(async (t) => {
  const { db, drop } = await testDatabase();
  t.context = { db, drop };
  await db.raw(`CREATE TABLE texts (
    anything VARCHAR(40) NOT NULL,
    word VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
  ) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`);
  await db('texts').insert(STORED.map((anything) => ({ anything, word: 'FR76ABC' })));
});
test.after.always((t) => t.context.drop());

for (const [typed, found] of [
  ['amelie', ['Amélie']],
  ['AMÉLIE', ['Amélie']],
  ['Ame\u0301lie', ['Amélie']],
  ['lodz', ['Łódź']],
  ['%', ['100%']],
  ['_', ['a_b']],
  ['\\', ['a\\b']],
  ['!', ['a!b']],
  ["'", ["O'Brien"]],
  ['’', ['O’Brien']],
  ['"', ['so "quoted"']],
  ['😀', ['cat 😀']],
  ['本', ['日本']],
  ['中', []],
  ['مرحبا', ['مرحبا']],
  ['\0', ['nul\0byte']],
  ["' OR 1=1 -- ", []],
] as const) {
  test(`${JSON.stringify(typed)} finds the texts that contain it literally`, async (t) => {
    const where = findsText(typed, { containing: [sql`anything`, sql`word`] });
    const rows = await queryOnce(
      t.context.db,
      select<{ anything: string }>(sql`SELECT anything FROM texts WHERE ${where}`),
    );
    t.deepEqual(
      rows.map(({ anything }) => anything),
      [...found],
    );
  });
}

test('the beginning of a word is found in a column of another character set', async (t) => {
  const count = async (typed: string) => {
    const where = findsText(typed, { startingWith: [sql`word`] });
    return (await queryOnce(t.context.db, select(sql`SELECT word FROM texts WHERE ${where}`))).length;
  };
  t.deepEqual(
    [await count('fr76'), await count('76'), await count('’'), await count('F%'), await count('')],
    [STORED.length, 0, 0, 0, 0],
  );
});
