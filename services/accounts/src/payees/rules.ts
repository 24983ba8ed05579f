export type PayeeResult = 'match' | 'close_match' | 'no_match' | 'not_possible';

const TITLES = new Set([
  'm',
  'mr',
  'mme',
  'mlle',
  'mrs',
  'ms',
  'dr',
  'me',
  'monsieur',
  'madame',
  'mademoiselle',
  'prof',
]);

/** A name as it is compared: no accents, no case, no punctuation, no titles; its words. */
function words(name: string): string[] {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return plain.split(' ').filter((word) => word !== '' && !TITLES.has(word));
}

/**
 * Compares the name that somebody typed with the holder's, as verification of payee does (EPC VOP scheme: match, close match, no
 * match). Accents, case, titles and the order of the words make no difference; an initial, a missing middle name or a letter or
 * two make it close.
 */
export function comparePayee(typed: string, holder: string): Exclude<PayeeResult, 'not_possible'> {
  const asked = words(typed).sort();
  const held = words(holder).sort();
  if (asked.length === 0 || held.length === 0) return 'no_match';
  if (asked.join(' ') === held.join(' ')) return 'match';
  return isClose(asked, held) ? 'close_match' : 'no_match';
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
