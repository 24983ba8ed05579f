import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { CACHE } from '../project.ts';
import { type DatabaseProgram, databaseProgram, findProgram } from './find.ts';
import { extractSidProgram, hasDebianTools } from './sid.ts';

/**
 * MySQL, also on a machine whose database is MariaDB: its own server if it has one, otherwise Debian sid's, in the project's cache, since the
 * packages of the two exclude each other.
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
  if (!hasDebianTools()) {
    throw new UserError(
      'Missing on this machine: MySQL (mysqld, 8.4 or newer). Only on Debian is it downloaded; install it, and make sure that it is in PATH.',
    );
  }
  say('Downloading MySQL from Debian sid (only once) …');
  await extractSidProgram(
    {
      what: 'MySQL',
      package: 'mysql-server-core',
      program: 'usr/sbin/mysqld',
      more: (root) => [
        `--basedir=${root}/usr`,
        `--plugin-dir=${root}/usr/lib/mysql/plugin`,
        `--lc-messages-dir=${root}/usr/share/mysql`,
        '--secure-file-priv=NULL',
      ],
    },
    folder,
    server,
  );
  const program = await databaseProgram(server);
  if (program === null) throw new UserError(`MySQL was downloaded to ${folder} and does not start.`);
  return program;
}
