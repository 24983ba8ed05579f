import { type Database, isEnvironmental, queryOnce } from '@guichet/database';
import type { Envelope, Parsed, Received } from '@guichet/events';
import { deleteLetter, insertLetters, readLetters, type StoredLetter } from './store.ts';

/** How a consumer reads and handles the messages of one stream. */
export interface Handling<T> {
  parse: (message: Received) => T;
  onBatch: (batch: readonly Parsed<T>[]) => Promise<void>;
}

const PAGE = 100;

/**
 * Handles every letter again, in the order of its stream. Handled letters are deleted; the others stay, with their new reason.
 * @throws while the database is unavailable
 */
export async function retryDeadLetters(
  db: Database,
  // biome-ignore lint/suspicious/noExplicitAny: each stream has its own type of message
  handlings: Partial<Record<string, Handling<any>>>,
  /** Opens the payloads, which are stored sealed; null if events are not sealed. */
  envelope: Envelope | null = null,
): Promise<{ handled: number; failed: number }> {
  const outcome = { handled: 0, failed: 0 };
  for await (const letter of lettersOf(db)) {
    const handling = handlings[letter.stream];
    try {
      if (handling === undefined) throw new Error(`nothing consumes the stream ${letter.stream}`);
      const message = toReceived(letter);
      const opened = envelope === null ? message : { ...message, ...envelope.open(message) };
      await handling.onBatch([{ ...message, value: handling.parse(opened) }]);
      await queryOnce(db, deleteLetter(letter.digest));
      outcome.handled += 1;
    } catch (error) {
      if (isEnvironmental(error)) throw error;
      const reason = (error as Error).message.slice(0, 500);
      await queryOnce(db, insertLetters([{ ...letter, reason }]));
      outcome.failed += 1;
    }
  }
  return outcome;
}

export async function* lettersOf(db: Database): AsyncGenerator<StoredLetter> {
  let after: StoredLetter | null = null;
  for (;;) {
    const page: StoredLetter[] = await queryOnce(db, readLetters(after, PAGE));
    yield* page;
    after = page.at(-1) ?? null;
    if (after === null) return;
  }
}

function toReceived({ messageId, subject, payload, sequence }: StoredLetter): Received {
  return {
    id: messageId,
    subject,
    data: payload,
    sequence,
    deliveries: 1,
    pending: 0,
    ack: () => undefined,
    retryAfter: () => undefined,
    working: () => undefined,
  };
}
