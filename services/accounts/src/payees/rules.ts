import { LENGTHS, type PayeeCheckResult } from '@guichet/contract';
import { type NameParts, pairWords, type Unmatched } from './match-words.ts';
import { isUnspaced, type Word, wordsOf } from './name-words.ts';
import { isTitle, readingsOf } from './titles.ts';
import { isTypingError } from './typing-errors.ts';

type Compared = Exclude<PayeeCheckResult, 'not_possible'>;

/** The verified name of an account's holder. */
export interface HolderName {
  firstName: string | null;
  lastName: string | null;
}

/** Words that payers leave out before a family name. They count as particles only if the holder's name has them in lower case. */
const PARTICLES = new Set(
  'd de des du l la le les da das do dos del della der den di el al bin ibn ben van von ter ten zu y e af av'.split(
    ' ',
  ),
);

/**
 * Compares the name that a payer typed with the holder's, after the European Payments Council's recommendations for the matching processes
 * under the Verification Of Payee scheme rulebook (EPC288-23).
 *
 * A match: the same words in any order, whatever their case, accents, ligatures, hyphens and apostrophes, written together or apart, with or
 * without a title before them. A close match reveals the holder's name, so it requires that the payer knew it: the whole
 * family name and at least one given name or its initial, with one kind of difference (a typing error, initials, a missing given name or
 * particle, one word too many, no space). Part of a family name, or a family name alone, never matches: a false match is worse than a
 * false no-match.
 */
export function comparePayee(typed: string, holder: HolderName): Compared {
  if (typed.length > 2 * LENGTHS.payeeName) return 'no_match';
  const given = wordsOf(holder.firstName ?? '');
  const family = wordsOf(holder.lastName ?? '');
  // A single name counts as the family name.
  const parts = family.length === 0 ? { given: [], family: given } : { given, family };
  if (parts.family.length === 0) return 'no_match';
  let result: Compared = 'no_match';
  for (const { words, isDoubtful } of readingsOf(wordsOf(typed))) {
    const compared = compareWords(words, parts);
    if (compared === 'match' && !isDoubtful) return 'match';
    if (compared !== 'no_match') result = 'close_match';
  }
  return result;
}

function compareWords(typed: readonly Word[], holder: NameParts): Compared {
  const rest = pairWords(typed, holder);
  if (rest.typed.length + rest.given.length + rest.family.length === 0) return 'match';
  if (isRunTogether(typed, holder)) return isUnspaced(typed[0]?.plain ?? '') ? 'match' : 'close_match';
  return isClose(rest, holder) ? 'close_match' : 'no_match';
}

/** "Minhle" for Minh Le, or a Chinese name in its usual spelling. */
function isRunTogether(typed: readonly Word[], { given, family }: NameParts): boolean {
  if (typed.length !== 1 || given.length === 0) return false;
  const joined = (words: readonly Word[]) => words.map(({ plain }) => plain).join('');
  const whole = typed[0]?.plain;
  return whole === joined([...given, ...family]) || whole === joined([...family, ...given]);
}

function isClose(rest: Unmatched, holder: NameParts): boolean {
  const allGiven = rest.given.length === 0;
  if (!hasFamilyName(rest, holder)) return allGiven && isTypedWrong(rest.typed, rest.family);
  if (rest.typed.length === 0) return allGiven || (rest.family.length === 0 && hasGivenName(rest, holder));
  if (rest.family.length > 0) return false;
  if (allGiven) return rest.typed.length === 1 && holder.given.length > 0;
  return areInitials(rest, holder) || isTypedWrong(rest.typed, rest.given);
}

/** A title is never a mistyped name: "et Mme" must not reveal Etyme. */
function isTypedWrong(typed: readonly Word[], written: readonly Word[]): boolean {
  return !typed.some(isTitle) && isTypingError(typed, written);
}

/** Whether the whole family name was typed, except particles such as the "de" of "de Gaulle". */
function hasFamilyName(rest: Unmatched, { family }: NameParts): boolean {
  if (rest.family.length === 0) return true;
  const isParticle = (word: Word) => word.isSmall && PARTICLES.has(word.plain);
  return rest.family.every(isParticle) && family.some((word) => !isParticle(word) && word.plain.length > 2);
}

function hasGivenName(rest: Unmatched, { given }: NameParts): boolean {
  return given.some((word) => word.plain.length > 1 && !rest.given.includes(word));
}

/** Whether the words left are initials of the given names, one by one or together ("J P", "JP"); the holder's own may be one too. */
function areInitials(rest: Unmatched, holder: NameParts): boolean {
  // "M. Dupont" is any Mr Dupont: it must not reveal Marie.
  if (rest.typed.some(isTitle) && !hasGivenName(rest, holder)) return false;
  const [first, ...others] = rest.typed;
  const letters = rest.given.map(({ plain }) => [...plain][0]);
  if (others.length === 0 && letters.length > 1 && first?.plain === letters.join('')) return true;
  const open = [...rest.given];
  for (const word of rest.typed) {
    const found = open.findIndex(
      (name) => isInitialOf(word.plain, name.plain) || isInitialOf(name.plain, word.plain),
    );
    if (found === -1) return false;
    open.splice(found, 1);
  }
  return open.length === 0 || hasGivenName(rest, holder);
}

function isInitialOf(initial: string, name: string): boolean {
  return [...initial].length === 1 && name.startsWith(initial) && !isUnspaced(initial);
}
