import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { UserError } from '@guichet/cli';
import { CACHE } from '../project.ts';
import { ensurePrograms } from './ensure.ts';
import { extractWhole, libraryFolder } from './extract-packages.ts';
import { type DatabaseProgram, findProgram } from './find.ts';

/** The library of Galera where distributions install it. */
const PROVIDERS = [
  '/usr/lib/galera/libgalera_smm.so',
  '/usr/lib64/galera-4/libgalera_smm.so',
  '/usr/lib/galera-4/libgalera_smm.so',
];
/** The programs by which a node sends its whole data to another one. */
const TRANSFER_PROGRAMS = ['wsrep_sst_mariabackup', 'mariabackup', 'mbstream', 'socat'] as const;

/** MariaDB with everything that a node of a Galera cluster runs. */
export interface GaleraProgram {
  database: DatabaseProgram;
  /** The path of libgalera_smm.so. */
  provider: string;
  /** Where the server finds the programs of a state transfer, and their libraries. */
  environment: Record<string, string>;
}

/**
 * MariaDB with Galera: that of this machine, otherwise Debian's packages, whose files are only extracted into the project's cache: to install
 * `mariadb-server` would also start a server of its own.
 * @throws UserError if this machine doesn't allow it
 */
export async function ensureGalera(say: (text: string) => void, cache = CACHE): Promise<GaleraProgram> {
  const { database } = await ensurePrograms(['database'], say);
  if (database.flavour !== 'mariadb')
    throw new UserError(
      'Missing on this machine: MariaDB (mariadbd, 10.11 or newer), which Galera is a part of.',
    );
  const installed = PROVIDERS.find((file) => existsSync(file));
  const programs = TRANSFER_PROGRAMS.map((name) => findProgram([name]));
  if (installed !== undefined && programs.every((program) => program !== null))
    return { database, provider: installed, environment: pathOf(programs.map((file) => dirname(file))) };
  return { database, ...(await extracted(say, join(cache, 'galera'))) };
}

async function extracted(
  say: (text: string) => void,
  folder: string,
): Promise<Pick<GaleraProgram, 'provider' | 'environment'>> {
  const root = join(folder, 'root');
  const provider = join(root, 'usr', 'lib', 'galera', 'libgalera_smm.so');
  if (!existsSync(provider)) {
    if (findProgram(['apt-get']) === null || findProgram(['dpkg-deb']) === null) {
      throw new UserError(
        `Missing on this machine: libgalera_smm.so, ${TRANSFER_PROGRAMS.join(', ')}. Only on Debian are they downloaded; install Galera 4 for MariaDB.`,
      );
    }
    say("Downloading Galera from the system's packages (only once) …");
    await extractWhole('Galera', folder, {
      withDependencies: ['galera-4', 'mariadb-backup', 'socat'],
      alone: ['mariadb-server'],
    });
  }
  return {
    provider,
    environment: { ...pathOf([join(root, 'usr', 'bin')]), LD_LIBRARY_PATH: await libraryFolder(root) },
  };
}

function pathOf(folders: readonly string[]): { PATH: string } {
  return { PATH: [...new Set(folders), process.env.PATH ?? ''].join(delimiter) };
}
