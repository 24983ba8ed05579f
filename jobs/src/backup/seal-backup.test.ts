import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decrypter } from 'age-encryption';
import test, { type ExecutionContext } from 'ava';
import { newKeyPair, openManifest } from './seal.ts';
import { type BackupPlan, sealBackup } from './seal-backup.ts';
import { fromManifest } from './secrets-manifest.ts';

const SECRETS = {
  'bank-key-encryption': { key: 'c2VjcmV0IGtleQ==' },
  'bank-superuser': { password: 'correct-horse' },
};
const store = { read: async (name: string) => SECRETS[name as keyof typeof SECRETS] ?? null };

async function backups(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-seal-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['guichet-20261129T024100Z.sql.gz', 'guichet-20261130T024100Z.sql.gz'])
    await writeFile(join(folder, name), `the dump ${name}`);
  const [{ identity, recipient }, other] = [await newKeyPair(), await newKeyPair()];
  const plan: BackupPlan = {
    labels: { 'guichet/release': 'bank' },
    secrets: Object.keys(SECRETS),
    recipients: [recipient, other.recipient],
  };
  return { folder, identity, plan };
}

test('the secrets are sealed beside the newest dump, and an owner of one key gets manifests that can be applied', async (t) => {
  const { folder, identity, plan } = await backups(t);
  t.deepEqual(await sealBackup(plan, { store, folder, outgoing: false }), [
    'guichet-20261130T024100Z.secrets.age',
  ]);
  const sealed = await readFile(join(folder, 'guichet-20261130T024100Z.secrets.age'));
  t.true(sealed.toString('latin1').startsWith('age-encryption.org/v1\n'), 'the format of age');
  for (const { password = 'c2VjcmV0' } of Object.values(SECRETS) as { password?: string }[])
    t.false(sealed.includes(password));
  const manifest = await openManifest(sealed, identity);
  t.deepEqual(fromManifest(manifest), SECRETS);
  t.like(manifest.items[0], {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'bank-key-encryption', labels: { 'guichet/release': 'bank' } },
    data: { key: Buffer.from(SECRETS['bank-key-encryption'].key).toString('base64') },
  });
  t.false('namespace' in (manifest.items[0]?.metadata ?? {}), 'for any namespace');
  await t.throwsAsync(openManifest(sealed, (await newKeyPair()).identity), {
    message: /no identity matched/,
  });
});

test('what is uploaded is sealed, the dump too', async (t) => {
  const { folder, identity, plan } = await backups(t);
  await sealBackup(plan, { store, folder, outgoing: true });
  t.deepEqual((await readdir(join(folder, 'outgoing'))).sort(), [
    'guichet-20261130T024100Z.secrets.age',
    'guichet-20261130T024100Z.sql.gz.age',
  ]);
  const opener = new Decrypter();
  opener.addIdentity(identity);
  const dump = await readFile(join(folder, 'outgoing', 'guichet-20261130T024100Z.sql.gz.age'));
  t.is(await opener.decrypt(dump, 'text'), 'the dump guichet-20261130T024100Z.sql.gz');
});

test('a backup whose key is missing, or without a dump, fails', async (t) => {
  const { folder, plan } = await backups(t);
  await t.throwsAsync(
    sealBackup({ ...plan, secrets: ['bank-key-encryption', 'gone'] }, { store, folder, outgoing: false }),
    { message: /the secret gone is missing/ },
  );
  t.false((await readdir(folder)).some((name) => name.endsWith('.age')));
  const empty = await mkdtemp(join(tmpdir(), 'guichet-seal-'));
  t.teardown(() => rm(empty, { recursive: true }));
  await t.throwsAsync(sealBackup(plan, { store, folder: empty, outgoing: false }), { message: /no dump/ });
});
