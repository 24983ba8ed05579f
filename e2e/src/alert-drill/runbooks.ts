import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SERVICES } from '@guichet/contract';
import { PROJECT, type RunningBank } from '@guichet/tools';
import { execa } from 'execa';
import { type LocalBank, NEEDS_CLUSTER } from './local-kubectl.ts';

const PAGES = join(PROJECT, 'docs', 'operations');
const PREFIX = 'guichet';

export interface CommandResult {
  command: string;
  exitCode: number;
  output: string;
}

/** Runs the commands of the runbooks against a bank on this machine, as they are on the page. */
export interface Runbooks {
  /**
   * Runs the command of a page that contains `part`, after replacing its parameters, such as `<username>`.
   * @throws Error if the page has no such command, if a parameter has no value, or if it needs a cluster
   */
  run(page: string, part: string, values?: Readonly<Record<string, string>>): Promise<CommandResult>;
  /** Statements as the database's root, as the runbooks run them. @returns their output */
  sql(statements: string): Promise<string>;
  /** Opens a session of the database's root that stays open, with its locks, until it's ended. */
  session(): Promise<Session>;
  close(): Promise<void>;
}

interface Session {
  /** Runs a statement, and returns when it has ended. */
  run(statement: string): Promise<void>;
  end(): Promise<void>;
}

const TRIES = 5;
const TOO_BUSY = /no connection of the pool became free in time/;

const SQL_AS_ROOT = `kubectl -n $NS exec -i sts/$BANK-mysql -c mysql -- sh -c 'MYSQL_PWD="$(cat /etc/guichet/secrets/root)" mysql -uroot --table'`;

export async function openRunbooks(bank: RunningBank): Promise<Runbooks> {
  const folder = join(bank.folder, 'drill');
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const ports = JSON.parse(await readFile(join(bank.folder, 'ports.json'), 'utf8'));
  const secrets = JSON.parse(await readFile(join(bank.folder, 'secrets.json'), 'utf8'));
  const server = createServer(async (request, response) => {
    const [, action = '', name = ''] = request.url?.split('/') ?? [];
    try {
      const process = name === 'mysql' ? 'database' : name;
      if (action !== 'start') await bank.halt(process);
      if (action !== 'halt') bank.start(process);
      response.end();
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const local: LocalBank = {
    project: PROJECT,
    prefix: PREFIX,
    logFile: bank.logFile,
    services: Object.fromEntries(SERVICES.map((service) => [service, bank.environmentOf(service)])),
    controlUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  await writeFile(join(folder, 'bank.json'), JSON.stringify(local), { mode: 0o600 });
  const rootFile = join(folder, 'root');
  await writeFile(rootFile, secrets.databaseRoot, { mode: 0o600 });
  const programs: Readonly<Record<string, string>> = {
    kubectl: `exec "${process.execPath}" "${join(import.meta.dirname, 'local-kubectl.ts')}" "$@"`,
    'guichet-admin': `exec "${process.execPath}" "${join(PROJECT, 'services', 'auth', 'src', 'admin-command.ts')}" "$@"`,
    // The paths and ports inside the images.
    sh: `last=$(printf '%s' "$2" | sed 's#/etc/guichet/secrets/root#${rootFile}#'); exec /bin/sh "$1" "$last"`,
    mysql: `exec ${await clientOf()} --host=127.0.0.1 --port=${ports.database} --ssl "$@"`,
    wget: `last=$(printf '%s' "$2" | sed 's#:8222#:${ports.nats_monitor}#'); exec curl -s "$last"`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(bin, name), 0o700);
  }
  const env = {
    NS: 'bank',
    RELEASE: PREFIX,
    BANK: PREFIX,
    DRILL_BANK: join(folder, 'bank.json'),
    PATH: [bin, join(PROJECT, 'node_modules', '.bin'), process.env.PATH].join(':'),
  };
  const shell = (script: string, input = '') =>
    execa('/bin/bash', ['-c', script], { env, input, reject: false, all: true, timeout: 60_000 });

  return {
    async run(page, part, values = {}) {
      const found = commandIn(await readFile(join(PAGES, `${page}.md`), 'utf8'), part);
      if (found === null) throw new Error(`docs/operations/${page}.md has no command with "${part}"`);
      const command = Object.entries(values).reduce(
        (text, [parameter, value]) => text.replaceAll(parameter, value),
        found,
      );
      if (/<[a-z][^>]*>/.test(command)) throw new Error(`a parameter has no value in: ${command}`);
      const isStatement = /^(UPDATE|DELETE|INSERT|SELECT|KILL) /.test(command);
      const once = () => (isStatement ? shell(SQL_AS_ROOT, `${command};\n`) : shell(command));
      let result = await once();
      // On a busy machine, a connection can take too long for a command; its reader would repeat it.
      for (let tries = 1; tries < TRIES && TOO_BUSY.test(result.all ?? ''); tries += 1) result = await once();
      const exitCode = result.exitCode ?? 1;
      if (exitCode === NEEDS_CLUSTER) throw new Error(`it needs a cluster: ${command}`);
      return { command, exitCode, output: result.all };
    },
    async sql(statements) {
      const result = await shell(SQL_AS_ROOT.replace(' --table', ' --batch --skip-column-names'), statements);
      if (result.exitCode !== 0) throw new Error(result.all);
      return result.stdout;
    },
    async session() {
      const child = execa('/bin/bash', ['-c', SQL_AS_ROOT.replace(' --table', ' --batch --unbuffered')], {
        env,
        reject: false,
      });
      return {
        async run(statement) {
          const done = once(child.stdout, 'data');
          child.stdin.write(`${statement};\nSELECT 'done';\n`);
          await Promise.race([done, child.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
        },
        async end() {
          child.stdin.end();
          await child;
        },
      };
    },
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function clientOf(): Promise<string> {
  const { stdout } = await execa('/bin/sh', ['-c', 'command -v mariadb || command -v mysql']);
  return stdout;
}

/** The command of a page that contains `part`: a line of a block of shell, with its here-document and continued lines, or a piece of code in a sentence. */
export function commandIn(page: string, part: string): string | null {
  for (const [, block = ''] of page.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)) {
    const commands = block.match(/^.*<<SQL\n[\s\S]*?^ *SQL$|^(?:.*\\\n)*.*$/gm) ?? [];
    const found = commands.find((command) => command.includes(part));
    if (found !== undefined) return found.trim();
  }
  const spans = [...page.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`]+)`/g)];
  return spans.find(([, code = '']) => code.includes(part))?.[1]?.replaceAll(/\s*\n\s*/g, ' ') ?? null;
}
