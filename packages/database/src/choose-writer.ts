import type { ServerState } from './server-state.ts';

/** What is known about one server of several. */
export interface Known {
  /** Null while it has never answered, or does not answer. */
  readonly state: ServerState | null;
  /** Whether its present state is the answer to a question of this search. */
  readonly isSettled: boolean;
  /** Since when it takes writes without a break, by `performance.now()`. */
  readonly readySince: number | null;
}

export type Choice =
  | { kind: 'writer'; index: number }
  /** No server takes writes, or those that have not answered yet could come first. */
  | { kind: 'none' }
  /** Servers that don't know of each other take writes: none of them may be chosen. */
  | { kind: 'ambiguous'; indexes: readonly number[] };

/** A server is used again only after it has been ready for as long as this, so that one that starts and fails in turn is not. */
export const READY_FOR_MS = 3_000;

/**
 * Chooses the server that takes the writes: the first in the order of the setting that is ready, so that processes which know the same choose the same. A
 * donor of a Galera cluster is chosen only if no member is better. `current` is the server of before, if it may go on: it is left for an earlier one only if that
 * has been ready for a while. Of servers that don't replicate to each other, one that takes writes beside the current one is never chosen.
 */
export function chooseWriter(servers: readonly Known[], current: number | null, now: number): Choice {
  const ready = servers.flatMap(({ state }, index) => (state !== null && state.rank > 0 ? [index] : []));
  const stateOf = (index: number) => servers[index]?.state as ServerState;
  const isCurrentReady = current !== null && ready.includes(current);
  const strangers = ready.some((index) => !isSameCluster(stateOf(index), stateOf(ready[0] as number)));
  if (strangers)
    return isCurrentReady ? { kind: 'writer', index: current } : { kind: 'ambiguous', indexes: ready };
  const best = Math.max(0, ...ready.map((index) => stateOf(index).rank));
  const first = ready.find((index) => {
    if (stateOf(index).rank !== best) return false;
    const { readySince } = servers[index] as Known;
    return !isCurrentReady || index === current || now - (readySince ?? now) >= READY_FOR_MS;
  });
  if (first === undefined) return isCurrentReady ? { kind: 'writer', index: current } : { kind: 'none' };
  return isCurrentReady || isKnownEnough(servers, first)
    ? { kind: 'writer', index: first }
    : { kind: 'none' };
}

function isSameCluster(one: ServerState, other: ServerState): boolean {
  return one === other || (one.cluster !== null && one.cluster === other.cluster);
}

/** A member of a cluster is chosen once those before it have answered; of other servers, all must have answered, to see that only one takes writes. */
function isKnownEnough(servers: readonly Known[], index: number): boolean {
  const isMember = servers[index]?.state?.kind !== 'single';
  return (isMember ? servers.slice(0, index) : servers).every(({ isSettled }) => isSettled);
}
