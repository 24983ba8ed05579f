import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { tokenSettings } from '../config.ts';
import { endSessionsAsOperator } from './end-sessions-as-operator.ts';

// For incidents: `<username>` or `--all`. The running service publishes the revocations from its outbox. Exits with status 1 on failure.
const [which, ...rest] = process.argv.slice(2);
if (which === undefined || rest.length > 0) {
  console.error('Usage: node services/auth/src/sessions/end-sessions-command.ts <username> | --all');
  process.exit(1);
}
const { TLS_DIRECTORY } = serverSettings;
const settings = readSettings({ ...databaseSettings, ...tokenSettings, TLS_DIRECTORY });
const db = openDatabase(settings, createLog({ service: 'auth', level: 'error' }));
try {
  const policy = { tokenTtlSeconds: settings.TOKEN_TTL_SECONDS };
  const { sessions, users } = await endSessionsAsOperator(
    { db, clock: () => new Date(), policy },
    which === '--all' ? 'all' : { username: which },
  );
  console.log(`Sessions ended: ${sessions}, of users: ${users}. Their tokens are refused within a second.`);
} catch (error) {
  console.error(`The sessions can’t be ended: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
