import test from 'ava';
import fc from 'fast-check';
import { EmailAddress } from '../email.ts';
import { PersonName, Username } from './fields.ts';

test('a username has 3 to 32 of a–z 0–9 . _ - and starts with a letter; its case does not matter', (t) => {
  for (const good of ['abc', 'a.b', 'Marie-Claire_2', `a${'9'.repeat(31)}`]) {
    t.is(Username.parse(good), good.toLowerCase());
  }
  for (const bad of ['ab', '1abc', '.abc', 'a b c', 'élodie', 'a@b', `a${'9'.repeat(32)}`, '', 'abc\n']) {
    t.false(Username.safeParse(bad).success, JSON.stringify(bad));
  }
});

test('property: parsing a username again does not change it', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const parsed = Username.safeParse(text);
        return !parsed.success || Username.parse(parsed.data) === parsed.data;
      }),
    ),
  );
});

test('a name may have any characters of people’s names, but no control characters', (t) => {
  t.is(PersonName.parse("  Zoë O'Brien-Ñandú "), "Zoë O'Brien-Ñandú");
  t.false(PersonName.safeParse('Eve\r\nBcc: all').success);
  t.false(PersonName.safeParse('   ').success);
  t.false(EmailAddress.safeParse('not an address').success);
});
