import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { verifyChain } from './verify-chain.ts';

/** `npm run verify --workspace services/logging`: walks the chain; status 0 where it is whole, 1 at a break, 2 where it cannot be read. */
async function run(): Promise<number> {
  const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
  const db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
  try {
    const { ok, checked, firstBreak, reason, head } = await verifyChain(db);
    if (ok)
      console.log(
        `The log is whole: ${checked} entries, the newest is ${head.sequence} with hash ${head.hash}`,
      );
    else
      console.error(
        `The log is broken at sequence ${firstBreak}: ${reason} (the ${checked} entries before it are intact)`,
      );
    return ok ? 0 : 1;
  } finally {
    await db.destroy();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(`The log could not be verified: ${(error as Error).message}`);
  process.exitCode = 2;
}
