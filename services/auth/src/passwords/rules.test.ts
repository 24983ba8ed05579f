import test from 'ava';
import fc from 'fast-check';
import { loadCommonPasswords } from './common-passwords.ts';
import { PASSWORD_LENGTH, passwordWeakness } from './rules.ts';

const common = loadCommonPasswords();
const owner = { username: 'camille', email: 'cam.dubois@example.org', first_name: null, last_name: null };
const weakness = (password: string) => passwordWeakness(password, owner, common);

test('a long sentence of ordinary words is a good password, whatever characters it contains', (t) => {
  for (const good of [
    'correct horse and a stapler',
    'marmalade-on-tuesdays',
    'dix-sept chèvres bleues',
    '八匹の馬が川を渡るとき雨が降る',
    '839201748392651',
  ]) {
    t.is(weakness(good), null, good);
  }
});

test('lengths are counted in characters as people see them, from 12 to 128', (t) => {
  t.regex(weakness('zqxjkvbpwm1') ?? '', /at least 12/);
  t.is(weakness('zqxjkvbpwm1y'), null);
  t.is(weakness('zqxj'.repeat(32)), null);
  t.regex(weakness(`${'zqxj'.repeat(32)}y`) ?? '', /at most 128/);
  t.regex(weakness('🐴🐎🐴🐎🐴🐎') ?? '', /at least 12/);
});

test('a common password is refused, in any case and with digits before or after', (t) => {
  for (const bad of [
    'password1234',
    'PASSWORD20245',
    '123456password',
    '1234motdepasse99',
    'azertyuiop12',
    'Qwertyuiop2026',
    'iloveyou12345678',
    '123456789012',
    '000000000000',
    '20261234567890',
    'administrateur1',
    'passwordpassword',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    'guichet20262026',
    '1q2w3e4r5t6y',
  ]) {
    t.regex(weakness(bad) ?? '', /common password/, bad);
  }
});

test('a password that contains the username or the email address is refused', (t) => {
  t.regex(weakness('i-am-CAMILLE-yes') ?? '', /username/);
  t.regex(weakness('xx-Cam.Dubois-xx') ?? '', /email/);
  t.regex(weakness('my-c\u00e0mille-sings') ?? '', /username/);
  const other = { ...owner, username: 'bob', email: 'a@b.example' };
  t.is(passwordWeakness('an-honest-sentence', other, common), null);
  t.is(passwordWeakness('an-honest-sentence', { ...other, email: '' }, common), null);
});

test('a password that contains the first or last name is refused, in any case and with or without accents', (t) => {
  const named = (first_name: string | null, last_name: string | null, password: string) =>
    passwordWeakness(password, { username: 'qzx', email: '', first_name, last_name }, common);
  for (const [first, last, bad] of [
    ['Zoé', 'Lefèvre', 'tall-lefevre-house'],
    ['Zoé', 'Lefevre', 'tall-LEFÈVRE-house'],
    ['Zoé', 'Lefèvre', 'tall-le\u0300fe\u0300vre-house'],
    ['Zoé', 'Lefèvre', 'tall-\uff2c\uff25\uff26\uff25\uff36\uff32\uff25-house'],
    ['Anne-Sophie', null, 'sophie-in-the-garden'],
    [null, 'de la Tour', 'tour-of-the-garden'],
    [null, 'Le Goff', 'in-legoff-garden'],
    [null, 'Le Goff', 'in-le-goff-garden'],
    ['Søren', 'Straße', 'a-soren-garden'],
    ['Søren', 'Straße', 'a-strasse-garden'],
    ['佐藤', null, '八匹の馬が佐藤を渡るとき'],
  ] as const) {
    t.is(named(first, last, bad), 'must not contain your name', bad);
  }
});

test('a name that is too short to be telling, or absent, refuses nothing', (t) => {
  for (const [first, last] of [
    [null, null],
    ['', ' '],
    ['-', "'"],
    ['Ann', 'Lee'],
    ['A', 'e'],
    ['Wu', 'Y.'],
  ] as const) {
    const given = { username: 'qzx', email: '', first_name: first, last_name: last };
    t.is(passwordWeakness('planning a sleepy wu-year', given, common), null, `${first} ${last}`);
  }
});

test('property: the username is found, whatever surrounds it', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }), (before, after) => {
        const password = `${before}CaMille${after}`;
        const length = [...password].length;
        return length < PASSWORD_LENGTH.min || length > PASSWORD_LENGTH.max || weakness(password) !== null;
      }),
    ),
  );
});

test('property: digits around a common password never make it good', (t) => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 30 });
  const words = fc.constantFrom('password', 'azerty', 'soleil', 'dragon', 'letmein', 'qwerty');
  t.notThrows(() =>
    fc.assert(
      fc.property(digits, words, digits, (before, word, after) => weakness(before + word + after) !== null),
    ),
  );
});

test('property: random letters of a good length are good', (t) => {
  const letters = fc.string({
    unit: fc.constantFrom(...'bcdfghjkmnpqrstvwxz'),
    minLength: 16,
    maxLength: 128,
  });
  t.notThrows(() =>
    fc.assert(fc.property(letters, (password) => new Set(password).size < 8 || weakness(password) === null)),
  );
});
