import { UserError } from '@guichet/cli';
import { DATABASE_SERVICES } from '@guichet/contract';
import { execa } from 'execa';
import { NODE } from '../project.ts';
import { folderOf } from './processes.ts';
import { type BankSettings, migrationEnvironmentOf } from './settings.ts';

/**
 * Migrates every schema to this release, as the init containers of a cluster do: each in its own process, the only one with the migration
 * user's password.
 * @throws UserError with what the step wrote
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
      if (exitCode !== 0) throw new UserError(`The schema of ${service} could not be migrated:\n${all}`);
    }),
  );
}
