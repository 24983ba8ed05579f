import { openDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { readConfig } from '../config.ts';
import { reconcile } from './reconcile.ts';

// Adds the ledger up and prints each check; ends with status 1 where one does not hold.
const { settings } = readConfig();
const db = openDatabase(settings, createLog({ service: 'accounts', level: 'warn' }));
const { ok, checks } = await reconcile(db);
for (const { name, ok: holds, checked, broken } of checks) {
  console.log(`${holds ? 'ok    ' : 'BROKEN'} ${name} (${checked} checked)`);
  for (const { id, expected, found } of broken)
    console.log(`       ${id}: expected ${expected}, found ${found}`);
}
await db.destroy();
process.exitCode = ok ? 0 : 1;
