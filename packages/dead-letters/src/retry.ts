import { type Database, isEnvironmental, queryOnce } from '@guichet/database';
import {
  type Envelope,
  type Item,
  itemsOf,
  type Open,
  openItem,
  type Parsed,
  placeOf,
  type Received,
} from '@guichet/events';
import { deleteLetter, insertLetters, readLetters, type StoredLetter } from './store.ts';
import { digestOf } from './stored-dead-letters.ts';

/** How a consumer reads and handles the messages of one stream. */
export interface Handling<T> {
  parse: (message: Received) => T;
  onBatch: (batch: readonly Parsed<T>[]) => Promise<void>;
}

const PAGE = 100;

/**
 * Handles every letter again, in the order of its stream. Handled letters are deleted; the others stay, with their new reason. Of a message with
 * several events that could not be opened before, the events that fail become letters of their own.
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
  // Letters that this run wrote may follow in the order of the stream; they are for the next run.
  const written = new Set<string>();
  for await (const letter of lettersOf(db)) {
    if (written.has(letter.digest.toString('hex'))) continue;
    const failed: { messageId: string; reason: string }[] = [];
    for (const item of itemsIn(letter, envelope)) {
      try {
        await handleItem(item, handlings[letter.stream]);
        outcome.handled += 1;
      } catch (error) {
        if (isEnvironmental(error)) throw error;
        failed.push({ messageId: item.id, reason: (error as Error).message.slice(0, 500) });
      }
    }
    const letters = failed.map((fields) => ({ ...letter, ...fields }));
    const kept = letters.map((one) => ({ ...one, digest: digestOf(one) }));
    for (const one of kept) {
      written.add(one.digest.toString('hex'));
      await queryOnce(db, insertLetters([one]));
    }
    if (!kept.some(({ digest }) => digest.equals(letter.digest)))
      await queryOnce(db, deleteLetter(letter.digest));
    outcome.failed += failed.length;
  }
  return outcome;
}

/** The events of a letter: the one that it names, or all of its message. */
function itemsIn(letter: StoredLetter, envelope: Envelope | null): Item[] {
  const message = toReceived(letter);
  const open: Open = (sealed) => envelope?.open(sealed) ?? { data: sealed.data, sender: null };
  if (placeOf(message.id).index === null) return itemsOf(message, open);
  return [{ ...message, open: () => openItem(message, open) }];
}

async function handleItem<T>({ open, ...message }: Item, handling: Handling<T> | undefined): Promise<void> {
  if (handling === undefined) throw new Error(`nothing consumes ${message.subject}`);
  await handling.onBatch([{ ...message, value: handling.parse({ ...message, ...open() }) }]);
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
