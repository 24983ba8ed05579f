import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, openDatabase, transaction } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { enqueue } from './enqueue.ts';
import { deleteRefused, isSuperseded, readRefused } from './refused-store.ts';

/**
 * The command of a service for events that the broker refused: `list` (the default), `retry` or `discard`. Exits with status 2 if it failed.
 */
export async function runOutboxCommand([verb = 'list'] = process.argv.slice(2)): Promise<void> {
  let db: Database | undefined;
  try {
    const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
    db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
    if (verb === 'list') {
      for (const { payload: _, ...letter } of await readRefused(db)) console.log(JSON.stringify(letter));
    } else if (verb === 'retry') console.log(`${await retryRefused(db)} put back into the outbox`);
    else if (verb === 'discard') {
      const letters = await readRefused(db);
      for (const { letter } of letters) await deleteRefused(db, letter);
      console.log(`${letters.length} discarded`);
    } else throw new Error(`unknown command "${verb}": use list, retry or discard`);
  } catch (error) {
    console.error(`The refused events could not be processed: ${(error as Error).message}`);
    process.exitCode = 2;
  } finally {
    await db?.destroy();
  }
}

/**
 * Puts refused events back into the outbox, in their order. A user's state is dropped if there is a newer one, which it would overwrite.
 * @returns how many were put back
 */
export async function retryRefused(db: Database): Promise<number> {
  let retried = 0;
  for (const refused of await readRefused(db)) {
    await transaction(db, async (trx) => {
      if (!(await isSuperseded(trx, refused))) {
        // With its old id JetStream could drop it as a duplicate.
        const id = `${refused.id}.again`.slice(-80);
        await enqueue(trx, [{ id, subject: refused.subject, payload: JSON.parse(refused.payload) }]);
        retried += 1;
      }
      await deleteRefused(trx, refused.letter);
    });
  }
  return retried;
}
