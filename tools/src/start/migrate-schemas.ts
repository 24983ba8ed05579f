import { UserError } from '@guichet/cli';
import { DATABASE_SERVICES } from '@guichet/contract';
import { execa } from 'execa';
import { NODE } from '../project.ts';
import { folderOf } from './processes.ts';
import { type BankSettings, migrationEnvironmentOf } from './settings.ts';

/**
 * Migrates every schema to this release. As in a cluster, each migration is a process of its own, and only it has the password of the
 * migration user.
 * @throws UserError with the output of the migration
 */
export async function migrateSchemas(settings: BankSettings): Promise<void> {
  await Promise.all(
    DATABASE_SERVICES.map(async (service) => {
      const { exitCode, all } = await execa(NODE, ['src/migrate.ts'], {
        cwd: folderOf(service),
        env: migrationEnvironmentOf(service, settings),
        all: true,
        reject: false,
      });
      if (exitCode !== 0) throw new UserError(`Could not migrate the schema of ${service}:\n${all}`);
    }),
  );
}
