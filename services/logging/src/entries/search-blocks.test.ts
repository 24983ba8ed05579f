import { allOf, anyOf, findsText, newId, queryOnce, select, sql } from '@guichet/database';
import test from 'ava';
import fc from 'fast-check';
import { buildEvent, startTestLogging } from '../fixtures.ts';

const logging = await startTestLogging();
const { client, db, runtime } = logging;
test.after.always(() => logging.close());
const agent = { token: logging.tokens.issue({ role: 'agent' }) };

// Blocks have 64 entries: these batches begin and end within them.
const BATCHES = [1, 63, 1, 30, 200, 5, 127, 64, 1, 1, 70];
const KNOWN = [
  ...[
    'External transfer',
    'posted',
    'signed in.',
    'Amélie',
    'LÉVÊQUE',
    "d'Arc",
    '’',
    '100%',
    'a_b',
    'back\\slash',
  ],
  ...[
    ' ',
    '  ',
    '\u00a0',
    '-',
    '+',
    '*',
    '"',
    '@',
    '(',
    ')',
    '<',
    '>',
    '~',
    '\0',
    '\n',
    'ß',
    'Øresund',
    '7',
    '42',
  ],
];
// A block with one of them may have any text.
const UNKNOWN = ['日本', '😀', 'Γιώργος'];
const anyPart = fc.constantFrom(...KNOWN, ...UNKNOWN);
const anyMessage = (parts: readonly string[]) =>
  fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 6 }).map((some) => some.join(''));
// Most texts are in most blocks; these are in one each.
const rare = (index: number) => (index % 23 === 0 ? ` reference ${index}x${index}` : '');

// More users are called Zoe than the blocks of a search are narrowed by; the other names are in few entries.
const PEOPLE = Array.from({ length: 60 }, (_, index) => ({
  id: newId(),
  username: index < 50 ? `zoe${index}` : index < 58 ? `amélie.${index}` : index === 58 ? null : '100%',
}));

test.before(async () => {
  let index = 0;
  for (const [batch, size] of BATCHES.entries()) {
    const parts = batch === 6 ? [...KNOWN, ...UNKNOWN] : KNOWN;
    const messages = fc.sample(anyMessage(parts), { numRuns: size, seed: batch });
    await logging.store(
      ...messages.map((message) => {
        index += 1;
        const { id } = PEOPLE[index % PEOPLE.length] as (typeof PEOPLE)[number];
        const subject = index % 7 === 0 ? { type: index % 2 === 0 ? 'user' : 'session', id } : null;
        const actor =
          index % 3 === 0 ? null : { id, username: 'the log does not search this', role: 'member' as const };
        return buildEvent({ message: message + rare(index), actor, subject });
      }),
    );
  }
  await db('people').insert(PEOPLE.map((person) => ({ ...person, version: 1 })));
});

/** The meaning of a search, row by row. */
const containing = async (text: string): Promise<string[]> => {
  const terms = text.split(/\s+/).filter((term) => term !== '');
  const where = allOf(
    ...terms.map((term) =>
      anyOf(
        findsText(term, { containing: [sql`message`] }),
        sql`EXISTS (SELECT 1 FROM people WHERE ${findsText(term, { containing: [sql`username`] })}
          AND (people.id = actor_id OR people.id = subject_id AND subject_type IN ('user', 'customer_record')))`,
      ),
    ),
  );
  const rows = await queryOnce(
    db,
    select<{ id: string }>(sql`SELECT id FROM log_entries WHERE ${where} ORDER BY sequence DESC`),
  );
  return rows.map(({ id }) => id);
};

async function search(q: string): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const query = new URLSearchParams({ q, limit: '200', ...(cursor === null ? {} : { cursor }) });
    const { status, body, text } = await client.get(`/api/logs?${query}`, agent);
    if (status !== 200) throw new Error(`${JSON.stringify(q)}: ${text}`);
    ids.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.next;
    if (cursor === null) return ids;
  }
}

test('a search finds exactly the entries that have its terms, whatever they are', async (t) => {
  const anyText = fc
    .tuple(
      fc.array(
        fc.oneof(
          anyPart,
          fc.constantFrom(
            'reference',
            ' reference ',
            '46x',
            '2',
            '9',
            'x',
            'zoe',
            'ZOE ',
            ' 1',
            'zoe7',
            'amelie.53 ',
            'E.5',
            ' Zoe49',
          ),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
      fc.nat(),
      fc.nat(),
    )
    .map(([parts, from, length]) => {
      const text = parts.join('');
      const start = from % text.length;
      return text.slice(start, start + 1 + (length % 12)).toWellFormed();
    });
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      const expected = await containing(text);
      t.deepEqual(await search(text), expected, JSON.stringify(text));
      const query = new URLSearchParams({ q: text });
      const { body } = await client.get(`/api/logs/stats?${query}`, agent);
      t.is(body.total, expected.length, JSON.stringify(text));
    }),
    { numRuns: 150 },
  );
});

test('a text that is an operator of a search engine, or only such characters, is searched for literally', async (t) => {
  for (const text of [
    '+-*"@',
    '*',
    '-transfer',
    '+transfer',
    'trans*',
    '"transfer',
    '@3',
    '(',
    '~',
    '<',
    '>',
    '" "',
    '',
    ' ',
  ]) {
    if (text === '') t.is((await client.get('/api/logs?q=', agent)).status, 400);
    else t.deepEqual(await search(text), await containing(text), text);
  }
});

test('a text of one entry is found in every place of a block', async (t) => {
  for (let index = 23; index < 500; index += 23) {
    for (const text of [`reference ${index}x${index}`, `ENCE ${index}X`, `${index}x${index}`]) {
      t.deepEqual(await search(text), await containing(text), text);
    }
  }
});

test('every complete block has its words, however its entries were batched', async (t) => {
  const { total } = (await client.get('/api/logs/stats', agent)).body;
  const blocks = await runtime('log_words').pluck('block');
  t.deepEqual(
    blocks.map(Number).sort((a, b) => a - b),
    Array.from({ length: Math.floor((total + 1) / 64) }, (_, block) => block),
  );
});
