import { isUnspaced, type Word } from './name-words.ts';

/**
 * Whether the typed words differ from the holder's only by a typing error: the same first letter, and one letter added, left out, changed or
 * swapped with its neighbour; two in words of eight letters and more. Short words, where one letter makes another name, have to be exact.
 */
export function isTypingError(typed: readonly Word[], written: readonly Word[]): boolean {
  if (typed.length === 0 || typed.length > 2 || written.length === 0 || written.length > 3) return false;
  const orders = typed.length === 1 ? [typed] : [typed, [...typed].reverse()];
  return (['plain', 'wide'] as const).some((form) => {
    const wanted = written.map((word) => word[form]).join('');
    return orders.some((words) => areNear(words.map((word) => word[form]).join(''), wanted));
  });
}

function areNear(a: string, b: string): boolean {
  const [one, other] = [[...a], [...b]];
  const longest = Math.max(one.length, other.length);
  if (longest < 4 || one[0] !== other[0] || Math.abs(one.length - other.length) > 1) return false;
  if (isUnspaced(a)) return false;
  return distance(one, other) <= (longest < 8 ? 1 : 2);
}

/** The number of letters changed, added or left out; two swapped neighbours count as one (optimal string alignment). */
function distance(a: readonly string[], b: readonly string[]): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      }
      row.push(best);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
