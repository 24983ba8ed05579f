import { createVault } from '@guichet/vault';
import test from 'ava';
import { openTestAuth, ROTATION } from '../fixtures.ts';
import { runKeysCommand } from './run-keys-command.ts';

async function openOperator() {
  const auth = await openTestAuth();
  const run = async (...args: string[]) => (await runKeysCommand(auth.deps, ROTATION, args)).join('\n');
  const last = async () => (await auth.logEvents()).at(-1);
  return { auth, run, last };
}

test('the list shows every signing key with its state, and how many secrets each sealing key seals', async (t) => {
  const { auth, run } = await openOperator();
  t.teardown(() => auth.close());
  const { kid } = auth.deps.keyring.signingKey();
  const events = (await auth.logEvents()).length;
  const before = await run('list');
  t.regex(before, new RegExp(`${kid}  signing +signed from 20`));
  t.regex(before, /published +published 20/);
  t.regex(before, new RegExp(`${auth.deps.vault.keyIds[0]} +2  seals`));
  await run('revoke', kid);
  t.regex(await run('list'), new RegExp(`${kid}  revoked`));
  t.is((await auth.logEvents()).length, events + 1, 'reading is not logged');
  for (const { private_sealed } of await auth.database.db('signing_keys'))
    t.false(private_sealed !== null && before.includes(private_sealed));
});

test('a rotation and a revocation are carried out and logged', async (t) => {
  const { auth, run, last } = await openOperator();
  t.teardown(() => auth.close());
  const { kid } = auth.deps.keyring.signingKey();
  await t.throwsAsync(run('rotate'), { message: /can sign from/ });
  auth.advance(ROTATION.aheadMs / 1000);
  t.regex(await run('rotate'), /signs from now on/);
  t.like(await last(), { action: 'ADMIN_COMMAND', data: { command: 'keys rotate' } });
  t.regex(await run('revoke', kid), /^Keys revoked: 1\. .* within two seconds/);
  t.like(await last(), { action: 'ADMIN_COMMAND', data: { command: 'keys revoke', kid } });
});

test('secrets are sealed again on demand, and the list then says that the older key can go', async (t) => {
  const { auth, run, last } = await openOperator();
  t.teardown(() => auth.close());
  const [older] = auth.deps.vault.keyIds;
  auth.deps.vault = createVault([Buffer.alloc(32, 9), Buffer.alloc(32, 7)]);
  t.regex(await run('list'), new RegExp(`${older} +2  still needed`));
  t.regex(await run('reseal'), new RegExp(`sealed again: 2[^]*${older} +0  opens nothing`));
  t.like(await last(), { action: 'ADMIN_COMMAND', data: { command: 'keys reseal', resealed: 2 } });
  auth.deps.vault = createVault([Buffer.alloc(32, 7)]);
  t.regex(await run('list'), /2 {2}missing in KEY_ENCRYPTION_KEY/);
});

test('another command, or a missing key id, is an error that names the commands', async (t) => {
  const { auth, run } = await openOperator();
  t.teardown(() => auth.close());
  for (const args of [['revoke'], ['list', 'more'], ['delete'], []])
    await t.throwsAsync(run(...args), { message: /^use list \| rotate \| revoke/ });
});
