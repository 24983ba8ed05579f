import test from 'ava';
import { createVault } from './vault.ts';

test('a sealed text opens with the same key and context, and with no other', (t) => {
  const vault = createVault(Buffer.alloc(32, 1));
  const sealed = vault.seal('a secret', 'totp 1');
  t.is(vault.open(sealed, 'totp 1'), 'a secret');
  t.throws(() => vault.open(sealed, 'totp 2'));
  t.throws(() => createVault(Buffer.alloc(32, 2)).open(sealed, 'totp 1'));
  t.throws(() => vault.open(`${sealed.slice(0, -2)}AA`, 'totp 1'));
  t.not(vault.seal('a secret', 'totp 1'), sealed);
});
