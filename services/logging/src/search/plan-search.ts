import { type Database, queryOnce, type Transaction } from '@guichet/database';
import { isId } from './entry-words.ts';
import { findPersons } from './person-words-store.ts';
import { blockOf, markOf, piecesOf, type SequenceRange, termsOf } from './rules.ts';
import { findById, findConcerning } from './sequences-store.ts';
import { type Audience, actionsWith } from './shown-words.ts';
import type { BlockTerm } from './store.ts';

/** A term that is said about more persons is in most blocks anyway. */
const PERSONS_MAX = 200;
/** Of so few entries, such as those of a day, the ones that concern many persons are looked up. */
const SHORT_MAX = 50_000n;
const PERSONS_IN_SHORT_MAX = 5_000;
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
  db: Database | Transaction,
  text: string,
  { visibleTo, whole }: { visibleTo: string | null; whole: SequenceRange },
): Promise<SearchPlan> {
  const audience = visibleTo === null ? 'staff' : 'member';
  const shown = termsOf(text).map((term) => ({ term, actions: actionsWith(term, audience) }));
  const isShort = whole.last - whole.first < OPENED_MAX;
  const lookedUp = visibleTo === null && !isShort ? rarest(shown) : [];
  const terms: TermPlan[] = [];
  for (const one of shown) {
    const where = lookedUp.includes(one) ? await planTerm(db, one.term, whole) : everywhere(one.term);
    terms.push({ ...where, actions: one.actions, isOptional: one.actions.length > 0 });
  }
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

const everywhere = (term: string): Where => ({ term, pieces: null, sequences: [], blocks: [] });

async function planTerm(db: Database | Transaction, term: string, whole: SequenceRange): Promise<Where> {
  const pieces = piecesOf(term);
  const personsMax = whole.last - whole.first < SHORT_MAX ? PERSONS_IN_SHORT_MAX : PERSONS_MAX;
  const persons = await queryOnce(db, findPersons(term, whole, personsMax + 1));
  if (isId(term)) persons.push(term);
  if (persons.length > personsMax) return everywhere(term);
  const concerning = await queryOnce(db, findConcerning(persons, whole, SEQUENCES_MAX + 1));
  const byId = await queryOnce(db, findById(term, SEQUENCES_MAX + 1));
  if (byId.length > SEQUENCES_MAX) return everywhere(term);
  if (concerning.length <= SEQUENCES_MAX) {
    const sequences = [...new Set([...concerning, ...byId])].sort((a, b) => (a < b ? -1 : 1));
    return { term, pieces, sequences, blocks: [...new Set(sequences.map(blockOf))] };
  }
  if (persons.length > MARKS_MAX) return everywhere(term);
  return {
    term,
    pieces: [...pieces, ...persons.map(markOf)],
    sequences: byId,
    blocks: [...new Set(byId.map(blockOf))],
  };
}
