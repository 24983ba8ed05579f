import test from 'ava';
import fc from 'fast-check';
import { FONTS } from './fonts.ts';
import { isPlain, Scripts } from './text-runs.ts';

async function runsOf(text: string) {
  const scripts = new Scripts();
  await scripts.open(text);
  return scripts.runsOf(text);
}

const texts = async (text: string) => (await runsOf(text)).map((run) => run.text);

for (const text of [
  'محمد بن عبد الله',
  'דוד לוי-כהן',
  '王小明',
  '陳大文',
  '山田太郎 ひらがな カタカナ',
  '김민수',
  'สมชาย รักษ์ไทย',
  'राम शर्मा क्षत्रिय',
  'Արամ',
  'გიორგი',
  'Zoé 😀 👩‍👩‍👧 🇫🇷',
  'தமிழ்',
  'Иван Γιώργος Nguyễn Thị Đỗ',
  'private \ue000\u{10ffff}',
]) {
  test(`no character of ${text} is shown as an empty box`, async (t) => {
    for (const run of await runsOf(text)) {
      const font = run.font?.font ?? FONTS.regular;
      for (const { id } of font.layout(run.text).glyphs) t.not(id, 0, `${run.text} in ${run.font?.name}`);
    }
  });
}

test('right-to-left text is put in visual order, with mirrored brackets', async (t) => {
  t.deepEqual(await texts('ab محمد علي cd'), ['ab ', 'علي', ' ', 'محمد', ' cd']);
  t.deepEqual(await texts('محمد (علي)'), ['(', 'علي', ') ', 'محمد']);
  t.deepEqual(await texts('לוי-כהן'), ['כהן', '-', 'לוי']);
  t.deepEqual(await texts('دفع 123 يورو'), ['يورو', ' ', '123', ' ', 'دفع']);
});

test('a script without a font is transliterated to Latin letters', async (t) => {
  const [run] = await runsOf('தமிழ்');
  t.is(run?.font, null);
  t.regex(run?.text ?? '', /^[\x20-\x7e]+$/);
});

test('text that was not announced is transliterated and never shown as empty boxes', (t) => {
  t.deepEqual(new Scripts().runsOf('王'), [{ text: 'Wang', font: null }]);
});

test('any text can be set', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 20 }), async (text) => {
      const runs = await runsOf(text);
      if (isPlain(text)) return;
      for (const run of runs) {
        const { glyphs } = (run.font?.font ?? FONTS.regular).layout(run.text);
        t.true(
          glyphs.every(({ id }) => id !== 0),
          JSON.stringify(run.text),
        );
      }
    }),
    { numRuns: 60 },
  );
});
