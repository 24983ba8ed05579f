import test from 'ava';
import { createVault, sealingKeyId } from './vault.ts';

const [first, second, third] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer];

test('a sealed text opens with the same key and context, and with no other', (t) => {
  const vault = createVault([first]);
  const sealed = vault.seal('a secret', 'totp 1');
  t.is(vault.open(sealed, 'totp 1'), 'a secret');
  t.throws(() => vault.open(sealed, 'totp 2'));
  t.throws(() => createVault([second]).open(sealed, 'totp 1'), { message: /lacks the key [0-9a-f]{12}$/ });
  t.throws(() => vault.open(`${sealed.slice(0, -2)}AA`, 'totp 1'));
  t.throws(() => vault.open('not sealed', 'totp 1'));
  t.not(vault.seal('a secret', 'totp 1'), sealed);
});

test('the first key seals and every key opens, whatever their order', (t) => {
  const before = createVault([first]).seal('a secret', 'totp 1');
  const rotated = createVault([second, first, third]);
  t.is(rotated.open(before, 'totp 1'), 'a secret');
  const after = rotated.seal('a secret', 'totp 1');
  t.is(createVault([third, second]).open(after, 'totp 1'), 'a secret');
  t.throws(() => createVault([first]).open(after, 'totp 1'));
});

test('a sealed text names its key by an id that does not reveal the key', (t) => {
  const vault = createVault([second, first]);
  const [current, older] = vault.keyIds;
  t.is(sealingKeyId(vault.seal('a secret', 'totp 1')), current);
  t.is(sealingKeyId(createVault([first]).seal('a secret', 'totp 1')), String(older));
  t.not(current, String(older));
  t.regex(current, /^[0-9a-f]{12}$/);
  t.throws(() => vault.open(`${older}${vault.seal('a secret', 'totp 1').slice(12)}`, 'totp 1'));
});
