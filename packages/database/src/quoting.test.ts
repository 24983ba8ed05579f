import { testDatabase } from '@guichet/testing';
import test from 'ava';
import fc from 'fast-check';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { sql } from './sql.ts';

const { db, drop } = await testDatabase({ pool: 4 });
test.after.always(drop);

const echo = (text: string) =>
  queryOnce(
    db,
    select<{ text: string; bytes: string }, [string, string]>(
      sql`SELECT ${text} AS text, HEX(${text}) AS bytes`,
      ([row]) => [row?.text ?? '', row?.bytes ?? ''],
    ),
  );
const isEchoed = async (text: string) => {
  const [read, bytes] = await echo(text);
  return read === text && bytes === Buffer.from(text).toString('hex').toUpperCase();
};

test.serial('every Unicode character is stored and read back unchanged', async (t) => {
  const PLANE = 0x1_0000;
  for (let plane = 0; plane <= 0x10; plane += 1) {
    for (let start = plane * PLANE; start < (plane + 1) * PLANE; start += 0x2000) {
      const characters = Array.from({ length: 0x2000 }, (_, index) => start + index);
      const text = String.fromCodePoint(...characters.filter((one) => one < 0xd800 || one > 0xdfff));
      t.true(await isEchoed(text), `from U+${start.toString(16)}`);
    }
  }
});

test.serial('any text is stored unchanged, wherever it has quotes and backslashes', async (t) => {
  const tricky = fc.constantFrom(
    "'",
    '\\',
    '"',
    '`',
    '?',
    ';',
    '--',
    '\0',
    '\n',
    '\r',
    '\x1a',
    '%',
    '_',
    '/*',
    '${',
  );
  const text = fc
    .array(fc.oneof(tricky, fc.string({ unit: 'binary' })), { maxLength: 40 })
    .map((parts) => parts.join(''));
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(text, text, async (one, other) => {
        const [row] = await queryOnce(
          db,
          select<{ one: string; other: string }>(sql`SELECT ${one} AS one, ${other} AS other`),
        );
        return row?.one === one && row.other === other && (await isEchoed(one));
      }),
      { numRuns: 300 },
    ),
  );
});

test.serial('a lone surrogate becomes the replacement character, as in any UTF-8 text', async (t) => {
  t.is((await echo('a\ud800b'))[0], 'a\ufffdb');
  t.is((await echo("\udc00'"))[0], "\ufffd'");
});

test.serial('numbers, times, bytes, true and null are stored unchanged', async (t) => {
  const at = new Date('2026-03-29T01:30:00.123Z');
  const [row] = await queryOnce(
    db,
    select<Record<string, unknown>>(
      sql`SELECT ${-12} AS number, ${-(2n ** 63n)} AS big, CAST(${at} AS DATETIME(3)) AS at, ${true} AS yes, ${null} AS nothing,
        ${new Uint8Array([0, 39, 92, 255])} AS bytes, ${1.5} = 1.5 AS fraction`,
    ),
  );
  t.deepEqual(
    { ...row, number: Number(row?.number), yes: Number(row?.yes), fraction: Number(row?.fraction) },
    {
      number: -12,
      big: -(2n ** 63n),
      at,
      yes: 1,
      nothing: null,
      bytes: Buffer.from([0, 39, 92, 255]),
      fraction: 1,
    },
  );
});
