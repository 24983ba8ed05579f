import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { CACHE } from '../project.ts';
import { isNatsNewEnough, type Need, readDatabaseVersion } from './rules.ts';

/** Folders of servers that are often missing in a user's PATH. */
const MORE_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/libexec',
  '/usr/local/mysql/bin',
  '/opt/homebrew/bin',
  '/usr/local/go/bin',
  join(CACHE, 'bin'),
];

export interface DatabaseProgram {
  flavour: 'mariadb' | 'mysql';
  server: string;
  /** mariadb-install-db; null for MySQL, whose server creates its data folder itself. */
  install: string | null;
}

export interface Programs {
  database: DatabaseProgram | null;
  /** Writes dumps of the database. */
  dump: string | null;
  nats: string | null;
  chromium: string | null;
  promtool: string | null;
  prometheus: string | null;
}

/** The path of the first of `names` in PATH or the usual folders of servers, or null. */
export function findProgram(names: readonly string[], path = process.env.PATH ?? ''): string | null {
  const [first = null] = programsOf(names, path);
  return first;
}

/** The paths of all of them, in the order of the folders. */
function* programsOf(names: readonly string[], path = process.env.PATH ?? ''): Generator<string> {
  for (const folder of [...path.split(delimiter), ...MORE_FOLDERS]) {
    for (const name of names) {
      const file = join(folder || '.', name);
      if (isExecutable(file)) yield file;
    }
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The programs of `needs` that this machine has in a sufficient version. */
export async function findPrograms(needs: readonly Need[]): Promise<Programs> {
  const [database, nats] = await Promise.all([
    needs.includes('database') ? findDatabase() : null,
    needs.includes('nats') ? findNats() : null,
  ]);
  const dump = needs.includes('dump') ? findProgram(['mariadb-dump', 'mysqldump']) : null;
  const chromium = needs.includes('chromium') ? findProgram(CHROMIUM_NAMES) : null;
  const promtool = needs.includes('promtool') ? findProgram(['promtool']) : null;
  const prometheus = needs.includes('prometheus') ? findProgram(['prometheus']) : null;
  return { database, dump, nats, chromium, promtool, prometheus };
}

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

async function findDatabase(): Promise<DatabaseProgram | null> {
  for (const name of ['mariadbd', 'mysqld']) {
    const server = findProgram([name]);
    const program = server === null ? null : await databaseProgram(server);
    if (program !== null) return program;
  }
  return null;
}

/** The database server in this file; null if there is none, it's too old or doesn't come with what creates its data folder. */
export async function databaseProgram(server: string): Promise<DatabaseProgram | null> {
  const version = readDatabaseVersion(await versionOf(server));
  if (version === null || !version.isNewEnough) return null;
  const { flavour } = version;
  const install = flavour === 'mariadb' ? findProgram(['mariadb-install-db', 'mysql_install_db']) : null;
  return flavour === 'mysql' || install !== null ? { flavour, server, install } : null;
}

/** The first nats-server that is new enough: the system's may be too old, and another one have been built or downloaded for that. */
export async function findNats(path?: string): Promise<string | null> {
  for (const server of programsOf(['nats-server'], path))
    if (isNatsNewEnough(await versionOf(server))) return server;
  return null;
}

async function versionOf(program: string): Promise<string> {
  const { stdout } = await execa(program, ['--version'], { reject: false });
  return stdout ?? '';
}
