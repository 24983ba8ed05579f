import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { verifyChain } from './verify-chain.ts';

/** `npm run verify --workspace services/logging`. Exit status: 0 if the chain is intact, 1 if it is broken, 2 if it can't be read. */
async function run(): Promise<number> {
  const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
  const db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
  try {
    const { ok, checked, firstBreak, reason, head } = await verifyChain(db);
    if (ok)
      console.log(
        `The log is intact: ${checked} entries; the newest is ${head.sequence}, with hash ${head.hash}`,
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
  console.error(`The log can’t be verified: ${(error as Error).message}`);
  process.exitCode = 2;
}
