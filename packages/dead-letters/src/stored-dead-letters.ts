import { createHash } from 'node:crypto';
import { type Database, isEnvironmental, queryOnce } from '@guichet/database';
import { type DeadLetter, type DeadLetters, placeOf } from '@guichet/events';
import type { Log } from '@guichet/log';
import { insertLetters } from './store.ts';

/**
 * Stores dead letters in the service's own database, and logs each as an error, without its payload. `beforeStored` can undo what earlier
 * messages of the same subjects changed.
 */
export function storedDeadLetters(
  db: Database,
  log: Log,
  beforeStored: (letters: readonly DeadLetter[]) => Promise<void> = async () => undefined,
): DeadLetters {
  return {
    async keep(letters) {
      await beforeStored(letters);
      // One statement each: together, large payloads could exceed the server's max_allowed_packet, and the batch would be retried forever.
      for (const letter of letters) {
        await queryOnce(db, insertLetters([{ ...letter, digest: digestOf(letter) }]));
      }
      for (const { payload: _, ...letter } of letters) log.error(letter, 'message dead-lettered');
    },
    isTransient: isEnvironmental,
  };
}

// Without the sequence: a message that a publisher or an operator sends again is the same letter. Of several events of one message, each is a letter.
export function digestOf({ stream, subject, messageId, payload }: DeadLetter): Buffer {
  const { index } = placeOf(messageId);
  return createHash('sha256')
    .update(`${stream}\0${subject}\0${index ?? ''}\0`)
    .update(payload)
    .digest();
}
