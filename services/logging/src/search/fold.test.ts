import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { fold, UNKNOWN } from './fold.ts';

const { db, drop } = await testDatabase();
test.after.always(drop);

const CODE_POINTS = 0x20000;
const PER_QUERY = 4_096;

test('case and accents make no difference', (t) => {
  t.is(fold('Amélie LÉVÊQUE, Łódź, Øresund'), 'amelie leveque, lodz, oresund');
  t.is(fold('a\u00a0b'), 'a b', 'a no-break space is a space');
  t.is(fold('plain text, 100% {of} it'), 'plain text, 100% {of} it');
});

test('characters that are equal for the database never become two different ASCII characters', async (t) => {
  const folded = new Map<string, string>();
  for (let from = 1; from < CODE_POINTS; from += PER_QUERY) {
    const points = Array.from({ length: PER_QUERY }, (_, index) => from + index).filter(
      (point) => point < 0xd800 || point > 0xdfff,
    );
    const weights = points.map(
      (point) =>
        `HEX(WEIGHT_STRING(CONVERT(_utf32 0x${point.toString(16).padStart(8, '0')} USING utf8mb4) COLLATE utf8mb4_unicode_520_ci))`,
    );
    const [rows] =
      points.length === 0
        ? [[{}]]
        : await db.raw(`SELECT ${weights.map((one, index) => `${one} AS w${index}`).join(', ')}`);
    for (const [index, point] of points.entries()) {
      const weight = (rows as Record<string, string>[])[0]?.[`w${index}`] ?? '';
      const character = fold(String.fromCodePoint(point));
      if (character === UNKNOWN) continue;
      const equal = folded.get(weight) ?? character;
      if (equal !== character) t.fail(`U+${point.toString(16)} is ${character}, and ${equal} for its equals`);
      folded.set(weight, equal);
    }
  }
  t.true(folded.size > 100);
});
