import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, newId, openDatabase, queryOnce, transaction } from '@guichet/database';
import { operatorCommand } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { enqueue } from './enqueue.ts';
import { enqueueEvent } from './enqueue-event.ts';
import { deleteRefused, isSuperseded, readRefused, type StoredRefusal } from './refused-store.ts';
import { type OutboxService, readRepublication, republish } from './republish.ts';
import { eventsOf } from './row.ts';

/**
 * A service's command for its outbox: `list` (the default), `retry` or `discard` for events that the broker refused, `republish` for those that it
 * published. Exits with status 2 if it fails.
 */
export async function runOutboxCommand(
  service: OutboxService,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  let db: Database | undefined;
  try {
    const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
    db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
    for (const line of await handleOutbox(db, service, args)) console.log(line);
  } catch (error) {
    console.error(`The outbox of ${service} can’t be processed: ${(error as Error).message}`);
    process.exitCode = 2;
  } finally {
    await db?.destroy();
  }
}

/**
 * Carries out a command for the outbox of a service. Whatever changes something is logged with the operator.
 * @returns what to print
 * @throws Error for another command
 */
export async function handleOutbox(
  db: Database,
  service: OutboxService,
  [verb = 'list', ...options]: readonly string[],
): Promise<string[]> {
  switch (verb) {
    case 'list':
      return (await queryOnce(db, readRefused())).map((refused) => JSON.stringify(viewOf(refused)));
    case 'retry': {
      const refused = await queryOnce(db, readRefused());
      // Before the first change: the command may end between two of them.
      await logCommand(db, service, 'outbox retry', refused.length);
      return [`${await retryRefused(db)} put back into the outbox`];
    }
    case 'discard': {
      const letters = await queryOnce(db, readRefused());
      await logCommand(db, service, 'outbox discard', letters.length);
      for (const { letter } of letters) await queryOnce(db, deleteRefused(letter));
      return [`${letters.length} discarded`];
    }
    case 'republish': {
      const events = await republish(db, service, readRepublication(options, new Date()));
      return [`${events} events are in the outbox of ${service} and will be published now.`];
    }
    default:
      throw new Error(`unknown command "${verb}": use list, retry, discard or republish`);
  }
}

/** A command that finds no message changes nothing, and isn't logged. */
async function logCommand(
  db: Database,
  service: OutboxService,
  command: string,
  count: number,
): Promise<void> {
  const now = new Date();
  if (count > 0) await enqueueEvent(db, operatorCommand({ id: newId(now), now, service, command, count }));
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
