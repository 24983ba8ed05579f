/** Consecutive sequences of the log, both inclusive. */
export interface Stretch {
  from: bigint;
  to: bigint;
}

/** An entry, and the first checkpoint at or after it; null if there is none. */
export interface Marked {
  sequence: bigint;
  checkpoint: bigint | null;
}

/**
 * The place of an entry among those of the log, from its sequence. Months skip the sequences that they leave over, so a distance between sequences says
 * nothing across their boundary.
 */
export type PlaceOf = (sequence: bigint) => bigint;

/** Places counted from `first`. `skips`: the last sequence before each boundary after it, and the first one behind the boundary, in order. */
export function placesFrom(first: bigint, skips: readonly { last: bigint; next: bigint }[]): PlaceOf {
  return (sequence) =>
    skips.reduce(
      (place, { last, next }) => (next <= sequence ? place - (next - last - 1n) : place),
      sequence - first,
    );
}

/**
 * The stretches of the log to read, at most `budget` entries besides the marked ones: from each marked entry to the first checkpoint after it, or to
 * the end of the log, as far as that is close enough; then what lies between them and after them, in which an entry could be missing.
 * @returns also how many entries between the first marked one and the end of the log are left out
 */
export function planStretches(
  marked: readonly Marked[],
  head: bigint,
  budget: number,
  placeOf: PlaceOf,
): { stretches: Stretch[]; unread: bigint } {
  let left = BigInt(budget);
  const near: Stretch[] = [];
  for (const { sequence, checkpoint } of marked) {
    const last = near.at(-1);
    const covered = last !== undefined && last.to >= sequence;
    const end = checkpoint ?? head;
    const cost = placeOf(end) - placeOf(covered ? last.to : sequence);
    const isClose = cost <= left;
    if (isClose && cost > 0n) left -= cost;
    const to = isClose ? end : sequence;
    if (!covered) near.push({ from: sequence, to });
    else if (to > last.to) last.to = to;
  }

  const stretches: Stretch[] = [];
  let unread = 0n;
  for (const stretch of near) {
    const last = stretches.at(-1);
    const gap = last === undefined ? 0n : placeOf(stretch.from) - placeOf(last.to) - 1n;
    if (last !== undefined && gap <= left) {
      left -= gap;
      last.to = stretch.to;
    } else {
      unread += gap;
      stretches.push({ ...stretch });
    }
  }
  const last = stretches.at(-1);
  if (last === undefined) return { stretches, unread };
  const tail = placeOf(head) - placeOf(last.to);
  if (tail <= left) last.to = head;
  else unread += tail;
  return { stretches, unread };
}
