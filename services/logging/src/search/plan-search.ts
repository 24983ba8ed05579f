import { queryEach, type Readable, type Transaction } from '@guichet/database';
import { isId } from './entry-words.ts';
import { findPersons } from './person-words-store.ts';
import { blockOf, markOf, piecesOf, type SequenceRange, termsOf } from './rules.ts';
import { findById, findConcerning } from './sequences-store.ts';
import { type Audience, actionsWith } from './shown-words.ts';
import type { BlockTerm } from './store.ts';

/** A term that is said about more persons is in most blocks anyway: their entries are not looked up. */
const CONCERNED_MAX = 200;
/** Of so few entries, such as those of a day, the ones that concern many persons are looked up. */
const SHORT_MAX = 50_000n;
/** More are not even known by name. */
const PERSONS_MAX = 5_000;
const MARKS_MAX = 32;
const SEQUENCES_MAX = 5_000;
/** Each term that is looked up reads the lists of all persons; an entry is compared with the others once it is opened. */
const LOOKED_UP_MAX = 4;
/** So few entries are opened faster than the lists are read: a live stream asks for the newest ones every second. */
const OPENED_MAX = 500n;

/** Where the entries with a term may be. */
export interface TermPlan extends BlockTerm {
  readonly term: string;
  /** The actions whose entries all have it. */
  readonly actions: readonly string[];
  /** Entries that may have it besides those of the blocks whose list has a piece of it. */
  readonly sequences: readonly bigint[];
  /** An entry that has it says it about one of them, or about no person; null if they are not known, or if it's an id. */
  readonly persons: ReadonlySet<string> | null;
}

export interface SearchPlan {
  readonly audience: Audience;
  readonly terms: readonly TermPlan[];
  /** The actions whose entries all have all terms, because of what the pages show for them. */
  readonly actions: readonly string[];
}

/**
 * Finds where the entries with the terms of a text may be, within the sequences of `whole`. For a reader who may not read all entries nothing is looked up:
 * their search must cost what they have, and not what the bank has.
 */
export async function planSearch(
  db: Readable | Transaction,
  text: string,
  { visibleTo, whole }: { visibleTo: string | null; whole: SequenceRange },
): Promise<SearchPlan> {
  const audience = visibleTo === null ? 'staff' : 'member';
  const shown = termsOf(text).map((term) => ({ term, actions: actionsWith(term, audience) }));
  const isShort = whole.last - whole.first < OPENED_MAX;
  const lookedUp = visibleTo === null && !isShort ? rarest(shown) : [];
  const found = await lookUp(
    db,
    lookedUp.map(({ term }) => term),
    whole,
  );
  const terms = shown.map((one): TermPlan => {
    const where = found.get(one.term) ?? everywhere(one.term);
    return { ...where, actions: one.actions, isOptional: one.actions.length > 0 };
  });
  const [first, ...rest] = shown;
  const actions = first?.actions.filter((action) => rest.every((one) => one.actions.includes(action))) ?? [];
  return { audience, terms, actions };
}

/** The terms that probably lead to the fewest entries. */
function rarest<Shown extends { term: string; actions: readonly string[] }>(
  shown: readonly Shown[],
): Shown[] {
  return shown
    .toSorted((a, b) => a.actions.length - b.actions.length || b.term.length - a.term.length)
    .slice(0, LOOKED_UP_MAX);
}

type Where = Omit<TermPlan, 'actions' | 'isOptional'>;

const everywhere = (term: string, persons: Where['persons'] = null): Where => ({
  term,
  pieces: null,
  sequences: [],
  blocks: [],
  persons,
});

/** Where the entries with each of these terms may be. The lists of persons are read for all of them at the same time. */
async function lookUp(
  db: Readable | Transaction,
  terms: readonly string[],
  whole: SequenceRange,
): Promise<Map<string, Where>> {
  const concernedMax = whole.last - whole.first < SHORT_MAX ? PERSONS_MAX : CONCERNED_MAX;
  const named = await queryEach(
    db,
    terms.map((term) => findPersons(term, whole, PERSONS_MAX + 1)),
  );
  const persons = named.map((found, index) => {
    const term = terms[index] ?? '';
    return isId(term) ? [...found, term] : found;
  });
  const byId = await queryEach(
    db,
    terms.map((term) => findById(term, SEQUENCES_MAX + 1)),
  );
  const concerning = await queryEach(
    db,
    persons.map((found) =>
      findConcerning(found.length > concernedMax ? [] : found, whole, SEQUENCES_MAX + 1),
    ),
  );
  return new Map(
    terms.map((term, index) => {
      const known = {
        persons: persons[index] ?? [],
        byId: byId[index] ?? [],
        concerning: concerning[index] ?? [],
      };
      return [term, whereOf(term, known, concernedMax)];
    }),
  );
}

interface Known {
  readonly persons: readonly string[];
  readonly byId: readonly bigint[];
  readonly concerning: readonly bigint[];
}

/** Where the entries with a term may be, given the persons about whom it's said, the entries that concern them, and those that have it as an id. */
function whereOf(term: string, { persons, byId, concerning }: Known, concernedMax: number): Where {
  const pieces = piecesOf(term);
  const known = persons.length > PERSONS_MAX || byId.length > 0 || isId(term) ? null : new Set(persons);
  if (persons.length > concernedMax || byId.length > SEQUENCES_MAX) return everywhere(term, known);
  if (concerning.length <= SEQUENCES_MAX) {
    const sequences = [...new Set([...concerning, ...byId])].sort((a, b) => (a < b ? -1 : 1));
    return { term, pieces, sequences, blocks: [...new Set(sequences.map(blockOf))], persons: known };
  }
  if (persons.length > MARKS_MAX) return everywhere(term, known);
  return {
    term,
    pieces: [...pieces, ...persons.map(markOf)],
    sequences: byId,
    blocks: [...new Set(byId.map(blockOf))],
    persons: known,
  };
}
