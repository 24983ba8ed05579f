import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import type { AuditEvent } from '@guichet/contract/events';
import { type Database, newId, openDatabase, queryOnce } from '@guichet/database';
import { type Envelope, operatorCommand } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { type Handling, lettersOf, retryDeadLetters } from './retry.ts';
import { countDeadLetters, deleteLetter } from './store.ts';

interface DeadLettersOptions {
  service: 'accounts' | 'logging';
  /** Opens sealed payloads; needed only for `retry`. */
  envelope: () => Envelope;
  // biome-ignore lint/suspicious/noExplicitAny: each stream has its own type of message
  handlingsFor: (db: Database) => Partial<Record<string, Handling<any>>>;
  /** Logs the command: through the outbox of the service, or directly in the service that stores the log. */
  record: (db: Database, event: AuditEvent) => Promise<unknown>;
}

/**
 * A service's command for its dead letters: `list` (the default), `retry` or `discard`. Exits with status 1 if a letter failed again, 2 if the
 * command itself failed.
 */
export async function runDeadLettersCommand(
  options: DeadLettersOptions,
  [verb = 'list'] = process.argv.slice(2),
): Promise<void> {
  let db: Database | undefined;
  try {
    const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
    db = openDatabase(readSettings({ ...databaseSettings, TLS_DIRECTORY }), silentLog);
    const { failed } = await handleDeadLetters(db, options, verb, console.log);
    if (failed > 0) process.exitCode = 1;
  } catch (error) {
    console.error(`The dead letters can’t be processed: ${(error as Error).message}`);
    process.exitCode = 2;
  } finally {
    await db?.destroy();
  }
}

/**
 * Carries out a command for the dead letters of a service, and prints line by line. Whatever changes something is logged with the operator.
 * @throws Error for another command
 */
export async function handleDeadLetters(
  db: Database,
  { service, envelope, handlingsFor, record }: DeadLettersOptions,
  verb: string,
  print: (line: string) => void,
): Promise<{ failed: number }> {
  // Before the first change: the command may end between two of them.
  const logCommand = async (command: string) => {
    const now = new Date();
    const count = [...(await countDeadLetters(db)).values()].reduce((sum, letters) => sum + letters, 0);
    // A command that finds no letter changes nothing.
    if (count > 0) await record(db, operatorCommand({ id: newId(now), now, service, command, count }));
  };
  if (verb === 'list') {
    await list(db, print);
    return { failed: 0 };
  }
  if (verb === 'discard') {
    await logCommand('dead-letters discard');
    print(`${await discard(db)} discarded`);
    return { failed: 0 };
  }
  if (verb !== 'retry') throw new Error(`unknown command "${verb}": use list, retry or discard`);
  const [handlings, opener] = [handlingsFor(db), envelope()];
  await logCommand('dead-letters retry');
  const { handled, failed } = await retryDeadLetters(db, handlings, opener);
  print(`${handled} handled, ${failed} failed again`);
  return { failed };
}

async function list(db: Database, print: (line: string) => void): Promise<void> {
  for await (const { receivedAt, stream, sequence, subject, messageId, reason } of lettersOf(db)) {
    print(
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
  return discarded;
}
