import { anyOf, findsText, type Query, type Read, select, sql, table } from '@guichet/database';
import { MONTH_SEQUENCES } from '../months/rules.ts';
import type { PersonKey } from '../personal/sealing.ts';
import { joinWords, MARK, type SequenceRange, splitWords } from './rules.ts';
import { wordsColumn } from './store.ts';

/** The words of what the entries of a month say about a person: they are dropped together. */
interface PersonWords {
  /** The number of the month in the log: sequence DIV MONTH_SEQUENCES. */
  month: bigint;
  userId: string;
  words: string;
}

const personWords = table<PersonWords>('person_words', {
  month: 'month',
  userId: 'user_id',
  words: wordsColumn,
});

export function monthOf(sequence: bigint): bigint {
  return sequence / MONTH_SEQUENCES;
}

/**
 * A longer list is not kept: what users type is in it, and none of them may make it so long that the log takes nothing more about them. Searches then look
 * at all that the month's entries say about the person.
 */
const LENGTH_MAX = 2 ** 18;

/** The list that stands for every word. */
const EVERY_WORD = joinWords([MARK]);

/** The words of one person in one month. */
interface StoredWords {
  readonly length: number;
  has(word: string): boolean;
}

function toStored(list: string): StoredWords {
  if (list === EVERY_WORD) return { length: list.length, has: () => true };
  const words = splitWords(list);
  return { length: list.length, has: (word) => words.has(word) };
}

const keyOf = (month: bigint, userId: string): string => `${month} ${userId}`;

/** Words by month and person. */
export class WordsOfPersons {
  readonly #words = new Map<string, { month: bigint; userId: string; words: Set<string> }>();

  add(sequence: bigint, userId: string, words: readonly string[]): void {
    const month = monthOf(sequence);
    const key = keyOf(month, userId);
    const known = this.#words.get(key) ?? { month, userId, words: new Set<string>() };
    this.#words.set(key, known);
    for (const word of words) known.words.add(word);
  }

  /** The stored words of the same months and persons. */
  readStored(): Query<Map<string, StoredWords>> {
    return readPersonWords([...this.#words.values()].map(({ month, userId }) => [month, userId]));
  }

  /** Adds the words that are not stored yet. */
  insertMissing(stored: ReadonlyMap<string, StoredWords>): Query<void> {
    const rows = [...this.#words].flatMap(([key, { month, userId, words }]) => {
      const known = stored.get(key);
      const missing = [...words].filter((word) => known?.has(word) !== true);
      if (missing.length === 0) return [];
      const list = joinWords(missing);
      const isTooLong = (known?.length ?? 0) + list.length > LENGTH_MAX;
      return [{ month, userId, words: isTooLong ? EVERY_WORD : list }];
    });
    return personWords.upsert(
      rows,
      ['month', 'userId', 'words'],
      sql`words = IF(VALUES(words) = ${bytesOf(EVERY_WORD)}, VALUES(words), CONCAT(words, VALUES(words)))`,
    );
  }
}

/** The stored words of these months and persons, by `month userId`. */
function readPersonWords(keys: readonly (readonly [bigint, string])[]): Query<Map<string, StoredWords>> {
  // The server looks for a row in a list of pairs pair by pair, but in a list of one column by bisection.
  const ofMonths = [...Map.groupBy(keys, ([month]) => month)].map(
    ([month, persons]) => sql`(month = ${month} AND user_id IN (${persons.map(([, userId]) => userId)}))`,
  );
  return personWords
    .select(ofMonths.length === 0 ? sql`1 = 0` : anyOf(...ofMonths))
    .map((rows) => new Map(rows.map((row) => [keyOf(row.month, row.userId), toStored(row.words)])));
}

/** What is needed to check what the entries of a month say about a person. */
export interface KnownPerson {
  /** Null if the person was forgotten. */
  readonly key: PersonKey | null;
  readonly words: Pick<StoredWords, 'has'>;
}

/**
 * The keys of persons and their words in a month, by person. They come from one statement, because a person may be forgotten at any time. Persons who never had
 * a key are left out.
 */
export function readKnownPersons(month: bigint, persons: readonly string[]): Query<Map<string, KnownPerson>> {
  return select(
    sql`SELECT k.user_id AS id, k.seal_key AS \`key\`, w.words FROM person_keys AS k
      LEFT JOIN person_words AS w ON w.month = ${month} AND w.user_id = k.user_id WHERE k.user_id IN (${persons})`,
    (rows: { id: string; key: PersonKey | null; words: Uint8Array | null }[]) =>
      new Map(
        rows.map(({ id, key, words }) => [
          id,
          { key, words: toStored(words === null ? '' : wordsColumn.read(words)) },
        ]),
      ),
  );
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

/** Persons about whom entries of these months say something with a term, or whose username has it now; at most `limit`. */
export function findPersons(term: string, { first, last }: SequenceRange, limit: number): Read<string[]> {
  return select(
    sql`SELECT user_id AS id FROM person_words
      WHERE month BETWEEN ${monthOf(first)} AND ${monthOf(last)} AND (INSTR(words, ${bytesOf(term)}) > 0 OR words = ${bytesOf(EVERY_WORD)})
      UNION SELECT id FROM people WHERE ${findsText(term, { containing: [sql`username`] })} LIMIT ${limit}`,
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** Forgets what is said about these persons. */
export function deletePersonWords(ids: readonly string[]): Query<number> {
  return personWords.delete(sql`user_id IN (${ids})`);
}
