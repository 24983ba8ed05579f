import test from 'ava';
import fc from 'fast-check';
import { createOpener, createSealer, generateSealingKeys, publicKeyOf } from './sealing.ts';

const keys = generateSealingKeys();
const seal = createSealer(keys.publicKey);
const open = createOpener(keys.secretKey);

test('what was sealed is opened again by the holder of the secret, byte for byte', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      t.deepEqual(open(seal(Buffer.from(bytes))), Buffer.from(bytes));
    }),
  );
});

test('the text does not show, and the same text is never sealed the same way twice', (t) => {
  const plain = Buffer.from('{"action":"LOGIN_FAILED"}');
  const [one, two] = [seal(plain), seal(plain)];
  t.false(one.includes('LOGIN'));
  t.notDeepEqual(one, two);
});

test('any byte changed, added or cut off is refused', (t) => {
  const sealed = seal(Buffer.from('an entry of the log'));
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    // The ephemeral key's highest bit means nothing (RFC 7748), and is part of the key's derivation all the same.
    t.throws(() => open(changed), undefined, `byte ${at}`);
    t.throws(() => open(sealed.subarray(0, at)));
  }
  t.throws(() => open(Buffer.concat([sealed, Buffer.from([0])])));
});

test('another’s secret opens nothing, and unsealed bytes are told apart', (t) => {
  const other = createOpener(generateSealingKeys().secretKey);
  t.throws(() => other(seal(Buffer.from('x'))));
  t.throws(() => open(Buffer.from('{"plain":true}'.repeat(10))), { message: /not sealed/ });
  t.throws(() => open(Buffer.alloc(0)), { message: /not sealed/ });
});

test('many processes seal for one opener, which opens them in any order', (t) => {
  const sealers = Array.from({ length: 30 }, () => createSealer(keys.publicKey));
  const sealed = sealers.flatMap((one, index) => [
    one(Buffer.from(`a${index}`)),
    one(Buffer.from(`b${index}`)),
  ]);
  t.deepEqual(new Set(sealed.reverse().map((bytes) => open(bytes).toString())).size, 60);
});

test('a key that is none is refused at the start, not at the first entry', (t) => {
  t.throws(() => createSealer('short'));
  t.throws(() => createOpener('short'), { message: /32 bytes/ });
});

test('the public key follows from the secret one', (t) => {
  t.is(publicKeyOf(keys.secretKey), keys.publicKey);
});
