import test from 'ava';
import fc from 'fast-check';
import { Secret } from 'otpauth';
import {
  acceptedStep,
  formatRecoveryCode,
  normalizeRecoveryCode,
  otpauthUri,
  toBase32,
  totpCode,
  totpStep,
} from './rules.ts';

const fromBase32 = (text: string) => Buffer.from(Secret.fromBase32(text).bytes);
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

test('property: base32 round-trips', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) =>
        fromBase32(toBase32(bytes)).equals(Buffer.from(bytes)),
      ),
    ),
  );
});

test('a code is accepted 30 seconds early or late, never earlier or later, and never twice', (t) => {
  const at = new Date('2026-03-01T12:00:10Z');
  const step = totpStep(at);
  for (const [shift, accepted] of [
    [-2, null],
    [-1, step - 1],
    [0, step],
    [1, step + 1],
    [2, null],
  ] as const) {
    t.is(acceptedStep(secret, totpCode(secret, step + shift), at, null), accepted);
  }
  t.is(acceptedStep(secret, totpCode(secret, step), at, step), null);
  t.is(acceptedStep(secret, totpCode(secret, step - 1), at, step), null);
  t.is(acceptedStep(secret, totpCode(secret, step + 1), at, step), step + 1);
  t.is(acceptedStep(secret, '12345', at, null), null);
});

test('a code that two steps share is accepted for the one that is not used', (t) => {
  // Found by search: the first and the last step of this window have the same code.
  const [first, last] = [153_567, 153_569];
  const code = totpCode(secret, first);
  t.is(totpCode(secret, last), code);
  const at = new Date((first + 1) * 30_000);
  t.is(acceptedStep(secret, code, at, null), first);
  t.is(acceptedStep(secret, code, at, first), last);
  t.is(acceptedStep(secret, code, at, last), null);
});

test('a code that is not six digits is refused', (t) => {
  for (const typed of ['', '1234567', '28708२', 'abcdef', '-28708', '28.708', '0x1234'])
    t.is(acceptedStep(secret, typed, new Date(59_000), null), null, typed);
});

test('the URI has the format that authenticator apps read', (t) => {
  t.is(
    otpauthUri('JBSWY3DP', 'marie.c'),
    'otpauth://totp/Guichet:marie.c?issuer=Guichet&secret=JBSWY3DP&algorithm=SHA1&digits=6&period=30',
  );
});

test('a recovery code can be typed in lower case, with or without dashes', (t) => {
  const code = formatRecoveryCode(Buffer.from('0123456789abcde'));
  t.regex(code, /^[A-Z2-7]{4}(-[A-Z2-7]{4}){5}$/);
  t.is(normalizeRecoveryCode(code.toLowerCase().replaceAll('-', ' ')), code.replaceAll('-', ''));
});
