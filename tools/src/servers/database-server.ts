import { existsSync, statSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toUserError, UserError } from '@guichet/cli';
import { type SchemaUsers, schemaStatements } from '@guichet/jobs/servers/schema-statements';
import { execa } from 'execa';
import { type Connection, createConnection } from 'mysql2/promise';
import type { ProcessPlan } from '../processes/supervised.ts';
import type { DatabaseProgram } from '../programs/find.ts';
import { retryUntilSuccess } from './retry-until-success.ts';

export interface DatabaseOptions {
  program: DatabaseProgram;
  folder: string;
  port: number;
  rootPassword: string;
  /** One schema each, with its two users. */
  schemas: readonly SchemaUsers[];
  /** A folder with ca.crt, tls.crt and tls.key. Null for a private test server, which also trades durability for speed. */
  tlsFolder: string | null;
  /** Null for a local bank. */
  size?: DatabaseSize | null;
}

/** Sizes in the server's own notation (`2G`). */
export interface DatabaseSize {
  /** The buffer pool; 96M for a local bank. */
  memory: string;
  /** The redo log. The server's default of about 100M fills within seconds under load. */
  redoLog: string;
}

/** What a server of the bank needs in its folder before it can start. */
export interface PreparedFolder {
  /** The user that the server runs as when we are root; null when we are not. */
  owner: Owner | null;
  data: string;
  temporary: string;
  initFile: string;
  tls: TlsFiles | null;
}

/** Creates the data folder if it is missing, and writes the statements that create schemas and users. Returns how to run the server. */
export async function prepareDatabase(options: DatabaseOptions): Promise<ProcessPlan> {
  const { program } = options;
  const prepared = await prepareFolder(options);
  if (!existsSync(prepared.data)) await initialise(program, prepared);
  return {
    name: 'database',
    program: program.server,
    args: ['--no-defaults', ...serverArguments(options, prepared)],
    environment: {},
    stage: 3,
    graceMs: 20_000,
  };
}

/** Creates the folder and everything in it except the data. */
export async function prepareFolder(
  options: Pick<DatabaseOptions, 'folder' | 'rootPassword' | 'schemas' | 'tlsFolder'>,
): Promise<PreparedFolder> {
  const { folder, tlsFolder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await serverUser(folder);
  if (owner !== null && owner.name !== 'root') await chown(folder, owner.uid, owner.gid);
  // When it starts, a server deletes all temporary tables in this folder, even those of another running server.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  if (owner !== null) await chown(temporary, owner.uid, owner.gid);
  const initFile = join(folder, 'init.sql');
  await writeOwned(initFile, initialStatements(options), owner);
  const tls = tlsFolder === null ? null : await ownTls(tlsFolder, join(folder, 'tls'), owner);
  return { owner, data: join(folder, 'data'), temporary, initFile, tls };
}

/** The options of a server, which are also the lines of its configuration file once they have no dashes. */
export function serverArguments(
  { program, folder, port, size = null }: DatabaseOptions,
  { owner, data, temporary, initFile, tls }: PreparedFolder,
): string[] {
  return [
    ...asUser(owner),
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    // Relative to the data folder, because a socket's path may not be longer than 107 bytes.
    '--socket=server.sock',
    `--pid-file=${join(folder, 'server.pid')}`,
    `--init-file=${initFile}`,
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    '--skip-log-bin',
    '--character-set-server=utf8mb4',
    '--performance-schema=OFF',
    '--max-connections=400',
    `--innodb-buffer-pool-size=${size?.memory ?? '96M'}`,
    ...redoLog(program.flavour, size),
    ...(program.flavour === 'mysql' ? ['--mysqlx=OFF'] : []),
    ...(tls === null
      ? ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=OFF', '--innodb-flush-method=nosync']
      : [`--ssl-ca=${tls.ca}`, `--ssl-cert=${tls.certificate}`, `--ssl-key=${tls.key}`]),
  ];
}

function asUser(owner: Owner | null): string[] {
  return owner === null ? [] : [`--user=${owner.name}`];
}

function redoLog(flavour: DatabaseProgram['flavour'], size: DatabaseSize | null): string[] {
  if (size === null) return [];
  return [`--innodb-${flavour === 'mysql' ? 'redo-log-capacity' : 'log-file-size'}=${size.redoLog}`];
}

type Root = Pick<DatabaseOptions, 'port' | 'rootPassword'>;

/** Waits until the root user can connect. */
export function waitForDatabase(root: Root, withinMs = 60_000): Promise<void> {
  return retryUntilSuccess('The database', withinMs, async () => {
    const connection = await connectAsRoot(root);
    await connection.end();
  });
}

/**
 * Whether each commit is flushed to disk, which is the server's default. Otherwise a power cut can lose the last second: this is only for
 * a first start, which starts over if it is interrupted.
 */
export async function setDurability(root: Root, isDurable: boolean): Promise<void> {
  const connection = await connectAsRoot(root);
  await connection.query(`SET GLOBAL innodb_flush_log_at_trx_commit = ${isDurable ? 1 : 2}`);
  await connection.end();
}

export async function connectAsRoot({ port, rootPassword }: Root): Promise<Connection> {
  const options = { host: '127.0.0.1', port, user: 'root', password: rootPassword, connectTimeout: 1_000 };
  try {
    return await createConnection({ ...options, ssl: { rejectUnauthorized: false } });
  } catch (error) {
    // A private test server has no certificate.
    if ((error as NodeJS.ErrnoException).code !== 'HANDSHAKE_NO_SSL_SUPPORT') throw error;
    return createConnection(options);
  }
}

/** Initialises a temporary folder and then renames it, so that an interrupted first start leaves no incomplete data folder. */
export async function initialise(
  program: DatabaseProgram,
  { data, temporary, owner }: Pick<PreparedFolder, 'data' | 'temporary' | 'owner'>,
): Promise<void> {
  const unfinished = `${data}.new`;
  await rm(unfinished, { recursive: true, force: true });
  const [command, args] =
    program.flavour === 'mariadb'
      ? [
          program.install ?? 'mariadb-install-db',
          ['--skip-test-db', '--auth-root-authentication-method=socket'],
        ]
      : [program.server, ['--initialize-insecure']];
  const folders = [`--datadir=${unfinished}`, `--tmpdir=${temporary}`];
  const result = await execa(command, ['--no-defaults', ...folders, ...asUser(owner), ...args], {
    reject: false,
    all: true,
    env: { TMPDIR: temporary },
  });
  if (result.exitCode !== 0) {
    if (/No space left|errno: 28|Errcode: 28/i.test(result.all)) {
      throw toUserError(Object.assign(new Error('disk full'), { code: 'ENOSPC', path: data }));
    }
    throw new UserError(
      `The database could not create its data folder ${data} (${command} ended with ${result.exitCode ?? result.signal}):\n${causeIn(result.all)}`,
    );
  }
  await rename(unfinished, data);
}

/** The lines that name a cause; the last lines are general advice. */
function causeIn(output: string): string {
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /error|denied|cannot|can't|fatal/i.test(line));
  return (errors.length > 0 ? errors.slice(0, 10) : lines.slice(-10)).join('\n');
}

/** Statements that the server runs at each start before it accepts connections. Every statement can be repeated. */
function initialStatements(options: Pick<DatabaseOptions, 'rootPassword' | 'schemas' | 'tlsFolder'>): string {
  const required = options.tlsFolder === null ? '' : ' REQUIRE SSL';
  const root = `IDENTIFIED BY '${options.rootPassword}'`;
  return [
    `ALTER USER 'root'@'localhost' ${root};`,
    `CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' ${root};`,
    `ALTER USER 'root'@'127.0.0.1' ${root}${required};`,
    "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
    ...schemaStatements(options.schemas, { tls: options.tlsFolder !== null }),
    '',
  ].join('\n');
}

export interface Owner {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The user that the server runs as when we are root: `mysql` if that user exists and can reach the folder, otherwise root. Null when we
 * are not root: the server then runs as our user.
 */
async function serverUser(folder: string): Promise<Owner | null> {
  if (process.getuid?.() !== 0) return null;
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = users
    .split('\n')
    .find((line) => line.startsWith('mysql:'))
    ?.split(':');
  if (fields === undefined || !canBeReachedByAll(dirname(folder))) return { name: 'root', uid: 0, gid: 0 };
  return { name: 'mysql', uid: Number(fields[2]), gid: Number(fields[3]) };
}

function canBeReachedByAll(folder: string): boolean {
  if ((statSync(folder).mode & 0o001) === 0) return false;
  return dirname(folder) === folder || canBeReachedByAll(dirname(folder));
}

interface TlsFiles {
  ca: string;
  certificate: string;
  key: string;
}

/** Gives the running server its renewed certificate, and the authorities that it trusts. */
export async function renewDatabaseTls(
  options: Root & Pick<DatabaseOptions, 'folder' | 'program'> & { tlsFolder: string },
): Promise<void> {
  const { folder, program, tlsFolder } = options;
  await ownTls(tlsFolder, join(folder, 'tls'), await serverUser(folder));
  const connection = await connectAsRoot(options);
  await connection.query(program.flavour === 'mysql' ? 'ALTER INSTANCE RELOAD TLS' : 'FLUSH SSL');
  await connection.end();
}

/** Copies the certificate and key for the server's user: the server refuses a key that other users can read. */
async function ownTls(from: string, to: string, owner: Owner | null): Promise<TlsFiles> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const file of ['ca.crt', 'tls.crt', 'tls.key']) {
    const copy = join(to, file);
    await copyFile(join(from, file), copy);
    await chmod(copy, 0o600);
    if (owner !== null) await chown(copy, owner.uid, owner.gid);
  }
  if (owner !== null) await chown(to, owner.uid, owner.gid);
  return { ca: join(to, 'ca.crt'), certificate: join(to, 'tls.crt'), key: join(to, 'tls.key') };
}

export async function writeOwned(file: string, text: string, owner: Owner | null): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  if (owner !== null) await chown(file, owner.uid, owner.gid);
}
