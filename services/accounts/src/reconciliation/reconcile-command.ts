import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { createLog } from '@guichet/log';
import { systemClock } from '@guichet/time';
import { reconcile } from './reconcile.ts';

// Reconciles the ledger and prints each check; for a row that fails, its account and by how much. The exit status is then 1.
const { TLS_DIRECTORY } = serverSettings;
const settings = readSettings({ ...databaseSettings, TLS_DIRECTORY });
const db = openDatabase(settings, createLog({ service: 'accounts', level: 'error' }));
const { ok, checks } = await reconcile(db, systemClock()).catch(async (error: Error) => {
  console.error(`The ledger could not be read: ${error.message}`);
  await db.destroy();
  process.exit(1);
});
for (const { name, ok: holds, checked, broken } of checks) {
  console.log(`${holds ? 'ok    ' : 'BROKEN'} ${name} (${checked} checked)`);
  for (const { id, account_id, expected, found } of broken) {
    const where = account_id === null || account_id === id ? '' : ` of account ${account_id}`;
    console.log(`       ${id}${where}: expected ${expected}, found ${found}${byHowMuch(expected, found)}`);
  }
}
await db.destroy();
process.exitCode = ok ? 0 : 1;

function byHowMuch(expected: string, found: string): string {
  if (!/^-?\d+$/.test(expected) || !/^-?\d+$/.test(found)) return '';
  return `, off by ${BigInt(found) - BigInt(expected)}`;
}
