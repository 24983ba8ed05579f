// Run as a process of its own, which a test may kill: settings and the folder of migrations as arguments.
import { pathToFileURL } from 'node:url';
import { silentLog } from '@guichet/log';
import { migrate } from './migrate.ts';
import { openDatabase } from './open.ts';

const [settings = '{}', directory = ''] = process.argv.slice(2);
const db = openDatabase(JSON.parse(settings), silentLog);
await migrate(db, pathToFileURL(`${directory}/`), silentLog);
await db.destroy();
