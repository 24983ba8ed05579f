import test from 'ava';
import fc from 'fast-check';
import {
  acceptedStep,
  formatRecoveryCode,
  fromBase32,
  normalizeRecoveryCode,
  otpauthUri,
  toBase32,
  totpCode,
  totpStep,
} from './rules.ts';

const secret = toBase32(Buffer.from('12345678901234567890'));

test('codes are those of RFC 6238, appendix B', (t) => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const) {
    t.is(totpCode(secret, totpStep(new Date(seconds * 1000))), code);
  }
});

test('base32 is that of RFC 4648, section 10, without padding', (t) => {
  for (const [plain, encoded] of [
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const) {
    t.is(toBase32(Buffer.from(plain)), encoded);
    t.is(fromBase32(encoded).toString(), plain);
  }
});

test('property: base32 gives back what it was given', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) =>
        fromBase32(toBase32(bytes)).equals(Buffer.from(bytes)),
      ),
    ),
  );
});

test('a code is taken half a minute early or late, never earlier or later, and never twice', (t) => {
  const at = new Date('2026-03-01T12:00:10Z');
  const step = totpStep(at);
  for (const [shift, taken] of [
    [-2, null],
    [-1, step - 1],
    [0, step],
    [1, step + 1],
    [2, null],
  ] as const) {
    t.is(acceptedStep(secret, totpCode(secret, step + shift), at, null), taken);
  }
  t.is(acceptedStep(secret, totpCode(secret, step), at, step), null);
  t.is(acceptedStep(secret, totpCode(secret, step - 1), at, step), null);
  t.is(acceptedStep(secret, totpCode(secret, step + 1), at, step), step + 1);
  t.is(acceptedStep(secret, '12345', at, null), null);
});

test('the URI is what authenticator apps read', (t) => {
  t.is(
    otpauthUri('ABC', 'marie.c'),
    'otpauth://totp/Guichet:marie.c?secret=ABC&issuer=Guichet&algorithm=SHA1&digits=6&period=30',
  );
});

test('a recovery code may be typed in small letters, with or without its dashes', (t) => {
  const code = formatRecoveryCode(Buffer.from('0123456789'));
  t.regex(code, /^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  t.is(normalizeRecoveryCode(code.toLowerCase().replaceAll('-', ' ')), code.replaceAll('-', ''));
});
