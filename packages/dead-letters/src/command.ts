import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { type Database, openDatabase, queryOnce } from '@guichet/database';
import type { Envelope } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { logCommand } from '@guichet/outbox';
import { type Handling, lettersOf, retryDeadLetters } from './retry.ts';
import { deleteLetter } from './store.ts';

/**
 * A service's command for its dead letters: `list` (the default), `retry` or `discard`. Exits with status 1 if a letter failed again, 2 if the
 * command itself failed.
 */
export async function runDeadLettersCommand(
  {
    service,
    envelope,
    handlingsFor,
  }: {
    service: 'accounts' | 'logging';
    /** Opens sealed payloads; needed only for `retry`. */
    envelope: () => Envelope;
    // biome-ignore lint/suspicious/noExplicitAny: each stream has its own type of message
    handlingsFor: (db: Database) => Partial<Record<string, Handling<any>>>;
  },
  [verb = 'list'] = process.argv.slice(2),
): Promise<void> {
  let db: Database | undefined;
  try {
    const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
    db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
    if (verb === 'list') await list(db);
    else if (verb === 'discard')
      await logCommand(db, service, { command: 'dead-letters discard', count: await discard(db) });
    else if (verb === 'retry') {
      const { handled, failed } = await retryDeadLetters(db, handlingsFor(db), envelope());
      await logCommand(db, service, { command: 'dead-letters retry', count: handled });
      console.log(`${handled} handled, ${failed} failed again`);
      if (failed > 0) process.exitCode = 1;
    } else throw new Error(`unknown command "${verb}": use list, retry or discard`);
  } catch (error) {
    console.error(`The dead letters can’t be processed: ${(error as Error).message}`);
    process.exitCode = 2;
  } finally {
    await db?.destroy();
  }
}

async function list(db: Database): Promise<void> {
  for await (const { receivedAt, stream, sequence, subject, messageId, reason } of lettersOf(db)) {
    console.log(
      JSON.stringify({ received_at: receivedAt, stream, sequence, subject, message_id: messageId, reason }),
    );
  }
}

async function discard(db: Database): Promise<number> {
  let discarded = 0;
  for await (const { digest } of lettersOf(db)) {
    await queryOnce(db, deleteLetter(digest));
    discarded += 1;
  }
  console.log(`${discarded} discarded`);
  return discarded;
}
