// Run as a separate process that a test can kill; its arguments are the settings and the folder of migrations.
import { pathToFileURL } from 'node:url';
import { silentLog } from '@guichet/log';
import { migrate } from './migrate.ts';
import { openDatabase } from './open.ts';

const [settings = '{}', directory = ''] = process.argv.slice(2);
const db = openDatabase(JSON.parse(settings), silentLog);
await migrate(db, pathToFileURL(`${directory}/`), silentLog);
await db.destroy();
