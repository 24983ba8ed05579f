import test from 'ava';
import fc from 'fast-check';
import { loadCommonPasswords } from './common-passwords.ts';
import { PASSWORD_LENGTH, passwordWeakness } from './rules.ts';

const common = loadCommonPasswords();
const owner = { username: 'camille', email: 'cam.dubois@example.org' };
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
  t.is(passwordWeakness('an-honest-sentence', { username: 'bob', email: 'a@b.example' }, common), null);
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
