import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { UserError } from '@guichet/cli';
import { sealBackup } from '@guichet/jobs/backup/seal-backup';
import { readJson } from '@guichet/jobs/json-file';
import { toNamedSecrets } from '@guichet/jobs/secrets/named-secrets';
import type { Secrets } from '@guichet/jobs/secrets/secrets';
import { execa } from 'execa';
import { ensurePrograms } from '../programs/ensure.ts';
import { databaseOptions } from '../start/server-options.ts';
import type { BankPorts } from '../start/settings.ts';
import { withClient } from './database-client.ts';

/**
 * Dumps the database of the running bank in `folder`, consistently, and seals its secrets to the recipients beside the dump.
 * @returns the paths of the dump and of the sealed secrets
 * @throws UserError if there is no bank, or its database doesn't answer
 */
export async function backUp(
  folder: string,
  { to, recipients, now = new Date() }: { to: string; recipients: readonly string[]; now?: Date },
): Promise<string[]> {
  const secrets = await readJson<Secrets>(join(folder, 'secrets.json'));
  const ports = await readJson<BankPorts>(join(folder, 'ports.json'));
  if (secrets === null || ports === null) throw new UserError(`There is no bank in ${folder}.`);
  const { database } = await ensurePrograms(['database', 'dump'], (text) =>
    process.stderr.write(`${text}\n`),
  );
  const { schemas, ...root } = databaseOptions({
    folder,
    ports,
    secrets,
    superuser: { username: '', email: '' },
    environment: {},
  });
  await mkdir(to, { recursive: true, mode: 0o700 });
  const stamp = now.toISOString().replace(/\.\d+|[-:]/g, '');
  const dump = join(to, `guichet-${stamp}.sql.gz`);
  await withClient(
    'dump',
    // Of a cluster, the node that is the least likely writer.
    { ...root, port: ports['database-3'] ?? ports.database, flavour: database.flavour },
    async ({ command: [program, ...login] }) => {
      const args = [
        '--single-transaction',
        '--quick',
        '--routines',
        '--triggers',
        '--events',
        '--no-tablespaces',
      ];
      if (database.flavour === 'mysql') args.push('--set-gtid-purged=OFF');
      const names = schemas.map(({ schema }) => schema);
      const child = execa(program, [...login, ...args, '--databases', ...names], {
        buffer: { stdout: false },
        reject: false,
      });
      const [result] = await Promise.all([
        child,
        pipeline(child.stdout, createGzip(), createWriteStream(`${dump}.part`, { mode: 0o600 })),
      ]);
      if (result.exitCode !== 0) throw new UserError(`The dump failed: ${result.stderr}`);
    },
  );
  await rename(`${dump}.part`, dump);
  const named = toNamedSecrets(secrets);
  const sealed = await sealBackup(
    { labels: {}, secrets: Object.keys(named), recipients },
    { store: { read: async (name) => named[name] ?? null }, folder: to, outgoing: false },
  );
  return [dump, ...sealed.map((name) => join(to, name))];
}
