import type { Word } from './name-words.ts';

const CLEAR = new Set(
  (
    'm mm mr messrs mrs ms mx mister mme mmes mlle mlles monsieur messieurs madame mesdames mademoiselle ' +
    'dr drs pr prof docteur doctor professeur professor frau dhr mevr mw sr sra srta senor senora ' +
    'sig sigra signor signora dott dottssa rev'
  ).split(' '),
);

/** Titles that are also names: without them a name is only a close match. */
const DOUBTFUL = new Set('me maitre miss sir lord lady dame don dona pan pani herr ing'.split(' '));

const BETWEEN_TITLES = new Set('et and und y e en'.split(' '));

/** Short titles that are not names, and may also follow a name ("DUPONT JEAN MR"). */
const AFTER = new Set('mr mrs ms mme mlle dr prof'.split(' '));

const MOST_TITLES = 5;

/** Whether a word is a title in any position: "M" and "Dr" do not identify a person, although they may be initials too. */
export function isTitle({ plain }: Word): boolean {
  return CLEAR.has(plain) || DOUBTFUL.has(plain);
}

export interface Reading {
  words: readonly Word[];
  /** Whether a word that may be a name was taken for a title. */
  isDoubtful: boolean;
}

/**
 * The ways to read what was typed: as it is, and without titles before or after it. The holder's name is never read that way: a holder called
 * Lord or Dame matches only under that name.
 */
export function readingsOf(typed: readonly Word[]): Reading[] {
  const endings = [typed];
  if (AFTER.has(typed.at(-1)?.plain ?? '')) endings.push(typed.slice(0, -1));
  return endings.flatMap((words) => {
    const readings: Reading[] = [{ words, isDoubtful: false }];
    let isDoubtful = false;
    for (const [index, { plain }] of words.slice(0, MOST_TITLES).entries()) {
      if (!CLEAR.has(plain) && !DOUBTFUL.has(plain) && !(index > 0 && BETWEEN_TITLES.has(plain))) break;
      isDoubtful ||= DOUBTFUL.has(plain);
      readings.push({ words: words.slice(index + 1), isDoubtful });
    }
    return readings;
  });
}
