import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { CACHE } from '../project.ts';
import { extractPackages, libraryFolder } from './extract-packages.ts';
import { type DatabaseProgram, databaseProgram, findProgram } from './find.ts';

const PACKAGE = 'mysql-server-core';
/** Debian's own archive, and neither its security updates nor another one. */
const ARCHIVE = ['Created-By: Packages', 'Origin: Debian', 'Label: Debian', 'Component: main'];

/**
 * MySQL, also on a machine whose database is MariaDB: its own server if it has one, otherwise Debian sid's. Since the packages of the two
 * exclude each other, its files are only extracted, into the project's cache and with the libraries they were built for.
 * @throws UserError if this machine doesn't allow it
 */
export async function ensureMysql(say: (text: string) => void, cache = CACHE): Promise<DatabaseProgram> {
  const installed = findProgram(['mysqld']);
  const own = installed === null ? null : await databaseProgram(installed);
  if (own?.flavour === 'mysql') return own;
  const folder = join(cache, 'mysql');
  const server = join(folder, 'mysqld');
  const extracted = await databaseProgram(server);
  if (extracted !== null) return extracted;
  if (findProgram(['apt-get']) === null || findProgram(['dpkg-deb']) === null) {
    throw new UserError(
      'Missing on this machine: MySQL (mysqld, 8.4 or newer). Only on Debian is it downloaded; install it, and make sure that it is in PATH.',
    );
  }
  say('Downloading MySQL from Debian sid (only once) …');
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await extractMysql(unfinished);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  await writeFile(server, startScript(join(folder, 'root'), await libraryFolder(join(folder, 'root'))));
  await chmod(server, 0o755);
  const program = await databaseProgram(server);
  if (program === null) throw new UserError(`MySQL was downloaded to ${folder} and does not start.`);
  return program;
}

/** Downloads the server with everything that it needs, as on a machine without any package, and extracts it to `root/`. */
async function extractMysql(folder: string): Promise<void> {
  const sources = join(folder, 'sid.list');
  const status = join(folder, 'status');
  await mkdir(folder, { recursive: true });
  await writeFile(
    sources,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${await mirrorOf()} sid main\n`,
  );
  await writeFile(status, '');
  await extractPackages('MySQL', folder, {
    withDependencies: [PACKAGE],
    settings: {
      'Dir::Etc::SourceList': sources,
      'Dir::Etc::SourceParts': '-',
      'Dir::Etc::Preferences': '-',
      'Dir::Etc::PreferencesParts': '-',
      'Dir::State::status': status,
    },
  });
}

/** The mirror that this machine installs Debian's packages from. */
async function mirrorOf(): Promise<string> {
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...ARCHIVE], {
    reject: false,
  });
  const [mirror] = (stdout ?? '').split('\n').filter((line) => line !== '');
  if (mirror === undefined)
    throw new UserError(
      'MySQL could not be downloaded: apt has no mirror of Debian, with its package lists.',
    );
  return mirror;
}

/** With the extracted C library's own loader, because the one of this machine may be older. */
function startScript(root: string, libraries: string): string {
  return `#!/bin/sh
exec "${libraries}"/ld-linux-*.so.* --library-path "${libraries}" "${root}/usr/sbin/mysqld" "$@" \\
  "--basedir=${root}/usr" "--plugin-dir=${root}/usr/lib/mysql/plugin" "--lc-messages-dir=${root}/usr/share/mysql" --secure-file-priv=NULL
`;
}
