import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import test from 'ava';
import { checkpointBytes, isSignedBy, parseCheckpoint, signCheckpoint, toJson } from './checkpoint.ts';
import { parseSigningKeys, publicKeysOf, retiredKey } from './keys.ts';

const newKey = (): string => randomBytes(32).toString('base64');
const END = {
  sequence: 42n,
  hash: createHash('sha256').update('x').digest(),
  time: new Date('2026-11-29T10:00:00.123Z'),
};

test('a checkpoint is signed by the first key, and every change of it is noticed', (t) => {
  const keys = parseSigningKeys([newKey(), newKey()]);
  const published = publicKeysOf(keys.published);
  const checkpoint = signCheckpoint(keys.signer, END);
  t.is(keys.published.keys[0]?.kid, checkpoint.keyId);
  t.true(isSignedBy(published, checkpoint));
  const changes = {
    sequence: 43n,
    hash: Buffer.alloc(32),
    time: new Date(END.time.getTime() + 1),
    keyId: keys.published.keys[1]?.kid,
    signature: Buffer.alloc(64),
  };
  for (const [field, value] of Object.entries(changes))
    t.false(isSignedBy(published, { ...checkpoint, [field]: value }), field);
  t.false(isSignedBy(published, { ...checkpoint, signature: Buffer.from('short') }));
  t.false(isSignedBy(publicKeysOf(parseSigningKeys([newKey()]).published), checkpoint), 'another bank');
});

test('the signed bytes are a JSON array that begins with what is signed', (t) => {
  t.is(
    checkpointBytes({ ...END, keyId: 'k' }).toString(),
    `["guichet log checkpoint v1","42","${END.hash.toString('hex')}","2026-11-29T10:00:00.123Z","k"]`,
  );
});

test('a checkpoint survives its JSON form; what is not one is refused', (t) => {
  const checkpoint = signCheckpoint(parseSigningKeys([newKey()]).signer, END);
  const json = toJson(checkpoint);
  t.deepEqual(parseCheckpoint({ ...json, more: 1 }), checkpoint);
  for (const wrong of [
    null,
    'x',
    {},
    { ...json, sequence: 1.5 },
    { ...json, sequence: -1 },
    { ...json, hash: 'x' },
    { ...json, time: 'yesterday' },
    { ...json, key_id: 1 },
    { ...json, signature: null },
  ])
    t.throws(() => parseCheckpoint(wrong), { message: /not a checkpoint/ });
});

test('a key is published as a JWK whose id is its thumbprint', (t) => {
  // The key of RFC 8037, appendix A; its thumbprint is in A.3.
  const d = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url').toString('base64');
  t.deepEqual(parseSigningKeys([d]).published.keys, [
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
      use: 'sig',
      alg: 'EdDSA',
    },
  ]);
});

test('a retired key verifies what it signed, and signs nothing', (t) => {
  const [old, next] = [newKey(), newKey()];
  const signed = signCheckpoint(parseSigningKeys([old]).signer, END);
  const retired = retiredKey(old);
  t.false(retired.includes(old));
  t.is(retiredKey(retired), retired);
  const { signer, published } = parseSigningKeys([next, retired]);
  t.true(isSignedBy(publicKeysOf(published), signed));
  t.not(signer.keyId, signed.keyId);
  t.throws(() => parseSigningKeys([retired]), { message: /first key must be a private key/ });
});

test('a list that is empty, repeats a key or has something else than keys is refused', (t) => {
  const key = newKey();
  t.throws(() => parseSigningKeys([]), { message: /first key/ });
  t.throws(() => parseSigningKeys([key, 'c2hvcnQ=']), { message: /32 bytes/ });
  t.throws(() => parseSigningKeys([key, `${key.slice(0, -1)}!`]), { message: /32 bytes/ });
  t.throws(() => parseSigningKeys([key, key]), { message: /twice/ });
  t.throws(() => parseSigningKeys([key, retiredKey(key)]), { message: /twice/ });
});

test('a published key of another kind, or under the id of another, is refused', (t) => {
  const { published } = parseSigningKeys([newKey()]);
  const [jwk] = published.keys;
  t.throws(() => publicKeysOf({ keys: [{ ...jwk, kid: 'x' } as never] }), { message: /thumbprint/ });
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  t.throws(() => publicKeysOf({ keys: [{ ...p256, kid: 'x' } as never] }));
});

test('another program verifies a signature with nothing but the JWK', (t) => {
  const keys = parseSigningKeys([newKey()]);
  const checkpoint = signCheckpoint(keys.signer, END);
  const key = createPublicKey({ key: { ...keys.published.keys[0] }, format: 'jwk' });
  t.true(verify(null, checkpointBytes(checkpoint), key, checkpoint.signature));
});
