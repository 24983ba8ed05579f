import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { republishUsers } from './republish-users.ts';

// For a stream USERS that was lost: tells of every user again, through the outbox of the service that runs. Status 1 where it could not.
const { TLS_DIRECTORY } = serverSettings;
const db = openDatabase(
  readSettings({ ...databaseSettings, TLS_DIRECTORY }),
  createLog({ service: 'auth', level: 'error' }),
);
try {
  console.log(`${await republishUsers(db)} users are in the outbox and go out now.`);
} catch (error) {
  console.error(`The users could not be published: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await db.destroy();
}
