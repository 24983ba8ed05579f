import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { UserError } from '@guichet/cli';
import { openManifest } from '@guichet/jobs/backup/seal';
import { fromManifest } from '@guichet/jobs/backup/secrets-manifest';
import { writeJson } from '@guichet/jobs/json-file';
import { fromNamedSecrets } from '@guichet/jobs/secrets/named-secrets';
import { schemaOf } from '@guichet/jobs/servers/schema-statements';
import { execa } from 'execa';
import { ensurePrograms } from '../programs/ensure.ts';
import { NODE, PROJECT } from '../project.ts';
import { Bank } from '../start/bank.ts';
import { makeDataFolder } from '../start/data-folder.ts';
import { writeLogins } from '../start/logins.ts';
import type { Output } from '../start/output.ts';
import { databaseOptions } from '../start/server-options.ts';
import { withClient } from './database-client.ts';

export interface Restore {
  /** The dump; the sealed secrets are beside it. */
  dump: string;
  /** The private key of age, `AGE-SECRET-KEY-1…`. */
  identity: string;
  output: Output;
  environment: NodeJS.ProcessEnv;
}

/**
 * Builds a bank in the empty `folder` from a dump and its sealed secrets alone; the next start migrates it to this release.
 * @throws UserError if there is a bank already, or the identity or the secrets don't belong to the dump; then nothing was written
 */
export async function restore(
  folder: string,
  { dump, identity, output, environment }: Restore,
): Promise<void> {
  if (existsSync(join(folder, 'secrets.json')) || existsSync(join(folder, 'database')))
    throw new UserError(`There is a bank in ${folder} already. Restore into another folder (GUICHET_DATA).`);
  const sealed = await readFile(dump.replace(/\.sql\.gz$/, '.secrets.age'));
  const named = fromManifest(
    await openManifest(sealed, identity).catch((error: Error) => {
      throw new UserError(`The secrets can't be opened: ${error.message}`);
    }),
  );
  await checkKey(dump, named['key-encryption']?.key ?? '');
  const { database } = await ensurePrograms(['database'], output.say);
  await makeDataFolder(folder);
  const secrets = fromNamedSecrets(named);
  await writeJson(join(folder, 'secrets.json'), secrets);
  // Its servers only: no service may write while the dump is loaded.
  const bank = await Bank.open({ folder, output, environment });
  try {
    const { schemas, ...root } = databaseOptions(bank.settings);
    await withClient(
      'client',
      { ...root, port: bank.settings.ports.database, flavour: database.flavour },
      async ({ command: [program, ...login] }) => {
        const run = (input: string) => execa(program, login, { input });
        // The tables that the start has just migrated may be newer than those in the dump.
        await run(
          schemas
            .map(
              ({ schema }) =>
                `DROP DATABASE \`${schema}\`; CREATE DATABASE \`${schema}\` CHARACTER SET utf8mb4;`,
            )
            .join('\n'),
        );
        await execa(program, login, { input: createReadStream(dump).pipe(createGunzip()) });
        // What auth publishes from now on is newer than what readers may have seen.
        await run(
          `UPDATE \`${schemaOf('auth')}\`.users SET version = GREATEST(version + 1, UNIX_TIMESTAMP());`,
        );
      },
    );
  } finally {
    await bank.stop();
  }
  const superuser = { username: environment.SUPERUSER_USERNAME || 'superuser', password: secrets.superuser };
  await writeLogins(folder, { superuser, agents: [], members: [] });
}

/** @throws UserError if the key doesn't open what is sealed in the dump */
async function checkKey(dump: string, key: string): Promise<void> {
  const command = join(PROJECT, 'services', 'auth', 'src', 'check-dump-command.ts');
  const { exitCode, stderr } = await execa(NODE, [command, dirname(dump), basename(dump)], {
    env: { KEY_ENCRYPTION_KEY: key },
    reject: false,
  });
  if (exitCode !== 0) throw new UserError(stderr);
}
