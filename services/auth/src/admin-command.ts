import { writeFile } from 'node:fs/promises';
import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, isUnavailable, openDatabase, waitForDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { createVault } from '@guichet/vault';
import { createTestAgents, removeTestAgents } from './agents/test-agents.ts';
import {
  publicSettings,
  rotationFrom,
  rotationSettings,
  sessionPolicyFrom,
  sessionSettings,
  tokenSettings,
  vaultSettings,
} from './config.ts';
import { KEYS_USAGE, runKeysCommand } from './keys/run-keys-command.ts';
import { LOG_LEVEL_USAGE, runLogLevelCommand } from './log-level/run-log-level-command.ts';
import { createPasswordHasher } from './passwords/hasher.ts';
import { runSessionsCommand, SESSIONS_USAGE } from './sessions/run-sessions-command.ts';
import { UsageError } from './usage-error.ts';
import { republishUsers } from './users/republish-users.ts';
import { resetSuperuser } from './users/reset-superuser.ts';

// `guichet-admin` in the image of auth, `npm run admin --` for the local bank. It needs the database only; the running service publishes what
// it writes to the outbox. Exits with 0, with 1 if the command fails, and with 2 if it is not a command.

const USAGE = `Usage: guichet-admin keys ${KEYS_USAGE}
       guichet-admin sessions ${SESSIONS_USAGE}
       guichet-admin reset-superuser <username>
       guichet-admin republish-users
       guichet-admin log-level ${LOG_LEVEL_USAGE}
       guichet-admin test-agents create <file> | remove`;

const NETWORK_WITHIN_MS = 30_000;

const log = createLog({ service: 'auth', level: 'error' });
const clock = () => new Date();

/** Each reads its own settings, so that none asks for what it doesn't use. */
const COMMANDS: Readonly<Record<string, (db: Database, args: readonly string[]) => Promise<string[]>>> = {
  async keys(db, args) {
    const settings = readSettings({ ...tokenSettings, ...vaultSettings, ...rotationSettings });
    const policy = { tokenTtlSeconds: settings.TOKEN_TTL_SECONDS };
    const deps = { db, log, clock, policy, vault: createVault(settings.KEY_ENCRYPTION_KEY) };
    return runKeysCommand(deps, rotationFrom(settings), args);
  },
  async sessions(db, args) {
    const policy = sessionPolicyFrom(readSettings({ ...tokenSettings, ...sessionSettings }));
    return runSessionsCommand({ db, clock, policy }, args);
  },
  async 'reset-superuser'(db, [name, ...rest]) {
    if (name === undefined || rest.length > 0) throw new UsageError('use reset-superuser <username>');
    const settings = readSettings({ ...tokenSettings, ...publicSettings });
    const policy = { tokenTtlSeconds: settings.TOKEN_TTL_SECONDS, publicUrl: settings.PUBLIC_URL };
    const { username, link } = await resetSuperuser({ db, clock, policy }, name);
    return [
      `Everything that let ${username} in stopped working. This link sets a new password, once, within 30 minutes:`,
      link,
    ];
  },
  async 'republish-users'(db, args) {
    if (args.length > 0) throw new UsageError('republish-users has no arguments');
    return [`${await republishUsers(db)} users are in the outbox and will be published now.`];
  },
  async 'log-level'(db, args) {
    return runLogLevelCommand({ db, now: clock() }, args);
  },
  async 'test-agents'(db, [command, file, ...rest]) {
    const policy = { tokenTtlSeconds: readSettings(tokenSettings).TOKEN_TTL_SECONDS };
    const deps = { db, clock, policy, hasher: createPasswordHasher(1) };
    await waitForNetwork(db);
    if (command === 'remove' && file === undefined)
      return [`Test agents deleted: ${await removeTestAgents(deps)}.`];
    if (command !== 'create' || file === undefined || rest.length > 0)
      throw new UsageError('use test-agents create <file> | remove');
    // A new file for its owner alone, and not the output, which a cluster collects as a log.
    const keep = (logins: object) => writeFile(file, JSON.stringify(logins), { mode: 0o600, flag: 'wx' });
    return [`Test agents created: ${await createTestAgents(deps, keep)}. Their logins are in ${file}.`];
  },
};

/** The pod of the test has just started: for some seconds the cluster's network may refuse its connections. */
async function waitForNetwork(db: Database): Promise<void> {
  await waitForDatabase(db, log, AbortSignal.timeout(NETWORK_WITHIN_MS)).catch((error: Error) => {
    // Then the command fails with the reason.
    if (error.name !== 'TimeoutError') throw error;
  });
}

const [name = '', ...args] = process.argv.slice(2);
if (name === '--help' || name === '-h') console.log(USAGE);
else if (!Object.hasOwn(COMMANDS, name)) {
  console.error(USAGE);
  process.exitCode = 2;
} else process.exitCode = await run(name, args);

async function run(name: string, args: readonly string[]): Promise<number> {
  let db: Database | null = null;
  try {
    const { TLS_DIRECTORY } = serverSettings;
    db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), log);
    for (const line of (await COMMANDS[name]?.(db, args)) ?? []) console.log(line);
    return 0;
  } catch (error) {
    console.error(`guichet-admin: ${explain(error as Error)}`);
    return error instanceof UsageError ? 2 : 1;
  } finally {
    await db?.destroy();
  }
}

function explain(error: Error): string {
  return isUnavailable(error) ? `the database can’t be reached: ${error.message}` : error.message;
}
