import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, openDatabase, queryOnce, transaction } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { enqueue } from './enqueue.ts';
import { logCommand } from './log-command.ts';
import { deleteRefused, isSuperseded, readRefused, type StoredRefusal } from './refused-store.ts';
import { type OutboxService, readRepublication, republish } from './republish.ts';
import { eventsOf } from './row.ts';

/**
 * A service's command for its outbox: `list` (the default), `retry` or `discard` for events that the broker refused, `republish` for those that it
 * published. Exits with status 2 if it fails.
 */
export async function runOutboxCommand(
  service: OutboxService,
  [verb = 'list', ...options] = process.argv.slice(2),
): Promise<void> {
  let db: Database | undefined;
  try {
    const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
    db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
    if (verb === 'list') {
      for (const refused of await queryOnce(db, readRefused())) console.log(JSON.stringify(viewOf(refused)));
    } else if (verb === 'retry') {
      const count = await retryRefused(db);
      await logCommand(db, service, { command: 'outbox retry', count });
      console.log(`${count} put back into the outbox`);
    } else if (verb === 'discard') {
      const letters = await queryOnce(db, readRefused());
      for (const { letter } of letters) await queryOnce(db, deleteRefused(letter));
      await logCommand(db, service, { command: 'outbox discard', count: letters.length });
      console.log(`${letters.length} discarded`);
    } else if (verb === 'republish') {
      const events = await republish(db, service, readRepublication(options, new Date()));
      console.log(`${events} events are in the outbox of ${service} and will be published now.`);
    } else throw new Error(`unknown command "${verb}": use list, retry, discard or republish`);
  } catch (error) {
    console.error(`The outbox of ${service} can’t be processed: ${(error as Error).message}`);
    process.exitCode = 2;
  } finally {
    await db?.destroy();
  }
}

/**
 * Puts refused events back into the outbox, in order. A user's state is dropped if there is a newer one, which it would overwrite.
 * @returns how many were put back
 */
export async function retryRefused(db: Database): Promise<number> {
  let retried = 0;
  for (const refused of await queryOnce(db, readRefused())) {
    await transaction(db, async (trx) => {
      if (!(await queryOnce(trx, isSuperseded(refused)))) {
        // With their old ids JetStream could drop them as duplicates.
        const again = eventsOf(refused).map(({ id, subject, payload }) => ({
          id: `${id}.again`.slice(-70),
          subject,
          payload: JSON.parse(payload),
        }));
        await enqueue(trx, again);
        retried += 1;
      }
      await queryOnce(trx, deleteRefused(refused.letter));
    });
  }
  return retried;
}

function viewOf({ letter, id, sequence, subject, reason, refusedAt }: StoredRefusal) {
  return {
    letter: Number(letter),
    id,
    sequence: Number(sequence),
    subject,
    reason,
    refused_at: refusedAt,
  };
}
