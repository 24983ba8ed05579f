import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { republishUsers } from './republish-users.ts';

// Publishes every user again, for a lost stream USERS or after a change of keys, through the outbox of the running service. Exits with status 1 on failure.
const { TLS_DIRECTORY } = serverSettings;
const db = openDatabase(
  readSettings({ ...databaseSettings, TLS_DIRECTORY }),
  createLog({ service: 'auth', level: 'error' }),
);
try {
  console.log(`${await republishUsers(db)} users are in the outbox and will be published now.`);
} catch (error) {
  console.error(`The users can’t be published: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
