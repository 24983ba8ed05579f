/** An end of the chain: the sequence and hash of its newest entry. */
export interface ChainEnd {
  readonly sequence: bigint;
  readonly hash: Buffer;
}

/**
 * Remembers, in this process, the furthest end of the chain that it stored or verified. An attacker who can write to the database can cut
 * off the end of the log and move the head back, but can't change what a running process remembers.
 */
export interface HeadWitness {
  note(end: ChainEnd): void;
  furthest(): ChainEnd | null;
}

export function createHeadWitness(): HeadWitness {
  let furthest: ChainEnd | null = null;
  return {
    note(end) {
      if (furthest === null || end.sequence > furthest.sequence) furthest = end;
    },
    furthest: () => furthest,
  };
}
