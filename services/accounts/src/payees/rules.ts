export type PayeeResult = 'match' | 'close_match' | 'no_match' | 'not_possible';

/** Left out wherever they stand before a name; those of more than four letters may be a family's name, and are kept behind one. */
const TITLES = new Set(
  (
    'm mm mr messrs mme mmes mlle mrs ms miss mx dr pr prof me monsieur madame mademoiselle mister docteur doctor professeur ' +
    'professor maitre sir lady lord dame rev et and'
  ).split(' '),
);

/** Parts of a name that people write together with what follows, apart from it, or not at all. */
const PARTICLES = new Set(
  'd de des du l la le les da das del della den der di do dos el mac mc o van von y zu'.split(' '),
);

const LETTERS: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  þ: 'th',
};

/** A name in plain small letters: no accents, no ligatures; what joins two parts of a name is `joint`. */
function plain(name: string, joint: ' ' | ''): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[œæßøđðłħıþ]/g, (letter) => LETTERS[letter] ?? letter)
    .replace(/[-‐‑–'’‘ʼ`´]/g, joint)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function wordsOf(name: string, joint: ' ' | '' = ' '): string[] {
  const words = plain(name, joint)
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (word === 'st' ? 'saint' : word === 'ste' ? 'sainte' : word));
  return withoutTitles(words);
}

/** Without the titles before the name, and the short ones behind it ("Dupont Jean, M."); a name that is all titles is kept. */
function withoutTitles(words: readonly string[]): string[] {
  const left = [...words];
  while (left.length > 1 && TITLES.has(left[0] ?? '')) left.shift();
  while (left.length > 2 && TITLES.has(left.at(-1) ?? '') && (left.at(-1)?.length ?? 0) <= 4) left.pop();
  return left;
}

/** Particles together with the word that they belong to: "de la fontaine" is "delafontaine". */
function withParticles(words: readonly string[]): string[] {
  const joined: string[] = [];
  let before = '';
  for (const word of words) {
    before += word;
    if (PARTICLES.has(word)) continue;
    joined.push(before);
    before = '';
  }
  return before === '' ? joined : [...joined, before];
}

/** The ways in which one name may be written, each with its words in one order. */
function writings(name: string): Set<string> {
  const spaced = wordsOf(name);
  const joined = wordsOf(name, '');
  return new Set(
    [spaced, joined, withParticles(spaced), withParticles(joined)].map((words) =>
      [...words].sort().join(' '),
    ),
  );
}

/**
 * Compares the name that somebody typed with the holder's, as verification of payee does (the EPC's VOP scheme: match, close match, no
 * match). Case, accents, ligatures, hyphens, apostrophes, titles, particles written together or apart and the order of the words make no
 * difference; an initial, a missing middle name or particle, or a letter or two make it close.
 */
export function comparePayee(typed: string, holder: string): Exclude<PayeeResult, 'not_possible'> {
  const [asked, held] = [wordsOf(typed), wordsOf(holder)];
  if (asked.length === 0 || held.length === 0) return 'no_match';
  const known = writings(holder);
  if ([...writings(typed)].some((writing) => known.has(writing))) return 'match';
  return waysToBeClose(asked).some((words) => isClose(words, withoutParticles(held)))
    ? 'close_match'
    : 'no_match';
}

function withoutParticles(words: readonly string[]): string[] {
  const rest = words.filter((word) => !PARTICLES.has(word));
  return rest.length === 0 ? [...words] : rest;
}

/** The words, and the same with "jp" read as the initials of Jean-Pierre. */
function waysToBeClose(words: readonly string[]): string[][] {
  const essential = withoutParticles(words);
  const initials = essential.flatMap((word) => (word.length === 2 ? [...word] : [word]));
  return [essential, initials];
}

// Every word of the shorter name has a partner of its own in the longer one, and at least one of them is a whole word, not an initial.
function isClose(asked: readonly string[], held: readonly string[]): boolean {
  const [shorter, longer] = asked.length <= held.length ? [asked, [...held]] : [held, [...asked]];
  if (shorter.length === 1 && longer.length > 1 && shorter[0]?.length === 1) return false;
  let whole = 0;
  for (const word of [...shorter].sort((a, b) => b.length - a.length)) {
    const partner = longer.findIndex((other) => alike(word, other));
    if (partner === -1) return false;
    const [other = ''] = longer.splice(partner, 1);
    if (word.length > 1 && other.length > 1) whole += 1;
  }
  return whole > 0;
}

function alike(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length === 1 || b.length === 1) return a[0] === b[0];
  return distance(a, b) <= (Math.max(a.length, b.length) >= 6 ? 2 : 1) && a.length > 2 && b.length > 2;
}

/** Letters to change, add or leave out, two neighbours swapped counting as one (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= a.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = best;
    }
  }
  return at(a.length, b.length);
}
