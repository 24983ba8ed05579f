import { chmod, chown, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '@guichet/cli';
import { DATABASE_SERVICES } from '@guichet/contract';
import { CERTIFICATE_NAMES, ensureCertificates } from '../certificates/certificate-files.ts';
import { type Files, migrationFiles, secretFiles } from '../compose/secret-files.ts';
import { ensureSecrets } from '../secrets/secrets.ts';

// `init` of docker-compose.yml runs this at each start: it creates what is missing and renews what is about to expire.
await runCli(async () => {
  const [home = '/run/guichet'] = process.argv.slice(2);
  const authority = join(home, 'authority');
  const secrets = await ensureSecrets(authority);
  const renewed = await ensureCertificates(join(authority, 'tls'));
  for (const name of CERTIFICATE_NAMES) {
    const { owner, files } = secretFiles(secrets)[name];
    await writeSecretFiles(join(home, name), { owner, files, certificate: join(authority, 'tls', name) });
  }
  for (const service of DATABASE_SERVICES) {
    await writeSecretFiles(join(home, `${service}-migration`), migrationFiles(service, secrets));
  }
  await chown(join(home, 'nats-data'), secretFiles(secrets).nats.owner, secretFiles(secrets).nats.owner);
  process.stdout.write(
    renewed.length === 0
      ? 'Secrets and certificates are up to date.\n'
      : `Issued certificates: ${renewed.join(', ')}.\n`,
  );
  return 0;
});

async function writeSecretFiles(
  folder: string,
  { owner, files, certificate }: Files & { certificate?: string },
): Promise<void> {
  const tls = join(folder, 'tls');
  if (certificate !== undefined) await cp(certificate, tls, { recursive: true });
  const certificates = certificate === undefined ? [] : ['tls/ca.crt', 'tls/tls.crt', 'tls/tls.key'];
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  const all = [...certificates, ...Object.keys(files)].map((name) => join(folder, name));
  const folders = certificate === undefined ? [folder] : [tls, folder];
  for (const file of all) await chmod(file, 0o400);
  for (const path of folders) await chmod(path, 0o500);
  for (const path of [...all, ...folders]) await chown(path, owner, owner);
}
