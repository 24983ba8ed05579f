import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { type DatabaseProgram, findProgram } from '../programs/find.ts';

/** The programs of each server, and Debian's package of the one that writes dumps. */
const PROGRAMS = {
  mariadb: { dump: 'mariadb-dump', client: 'mariadb', package: 'mariadb-client' },
  mysql: { dump: 'mysqldump', client: 'mysql', package: 'mysql-client' },
} as const;

export interface Client {
  /** The program, with the arguments that let it sign in. */
  command: [program: string, ...args: string[]];
}

/**
 * Runs `use` with the server's own program for dumps or SQL, signed in as root over TLS on this machine. The password is in a file for as long
 * as that takes, because command lines are visible to other users.
 * @throws UserError if the program is missing
 */
export async function withClient<T>(
  kind: 'dump' | 'client',
  {
    flavour,
    port,
    rootPassword,
  }: { flavour: DatabaseProgram['flavour']; port: number; rootPassword: string },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const programs = PROGRAMS[flavour];
  const program = findProgram([programs[kind]]);
  if (program === null)
    throw new UserError(
      `Missing on this machine: ${programs[kind]}. Install it, on Debian with: apt-get install ${programs.package}`,
    );
  const folder = await mkdtemp(join(tmpdir(), 'guichet-client-'));
  const file = join(folder, 'client.cnf');
  const tls = flavour === 'mysql' ? 'ssl-mode=REQUIRED' : 'ssl=1\ndisable-ssl-verify-server-cert';
  const login = `user=root\npassword="${rootPassword}"\nhost=127.0.0.1\nport=${port}\nprotocol=tcp\n${tls}`;
  await writeFile(file, `[client]\n${login}\n`, { mode: 0o600 });
  try {
    return await use({ command: [program, `--defaults-file=${file}`] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
