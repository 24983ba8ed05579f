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
 * The stretches of the log to read, at most `budget` entries besides the neighbours of the marked ones: from each marked entry to the first checkpoint
 * after it, or to the end of the log, as far as that is close enough; then what lies between them and after them, in which an entry could be missing.
 * @returns also how many entries between the first marked one and the end of the log are left out
 */
export function planStretches(
  marked: readonly Marked[],
  head: bigint,
  budget: number,
): { stretches: Stretch[]; unread: bigint } {
  let left = BigInt(budget);
  const near: Stretch[] = [];
  for (const { sequence, checkpoint } of marked) {
    const last = near.at(-1);
    const covered = last !== undefined && last.to >= sequence;
    const end = checkpoint ?? head;
    const cost = end - (covered ? last.to : sequence);
    const isClose = cost <= left;
    // The entry after it has its hash.
    const next = sequence < head ? sequence + 1n : sequence;
    const to = isClose ? end : next;
    if (isClose && cost > 0n) left -= cost;
    if (!covered) near.push({ from: sequence, to });
    else if (to > last.to) last.to = to;
  }

  const stretches: Stretch[] = [];
  let unread = 0n;
  for (const stretch of near) {
    const last = stretches.at(-1);
    const gap = last === undefined ? 0n : stretch.from - last.to - 1n;
    if (last !== undefined && gap <= left) {
      if (gap > 0n) left -= gap;
      if (stretch.to > last.to) last.to = stretch.to;
    } else {
      unread += gap;
      stretches.push({ ...stretch });
    }
  }
  const last = stretches.at(-1);
  if (last === undefined) return { stretches, unread };
  const tail = head - last.to;
  if (tail <= left) last.to = head;
  else unread += tail;
  return { stretches, unread };
}
