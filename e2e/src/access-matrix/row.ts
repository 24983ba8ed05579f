import type { Role, Scope } from '@guichet/tokens';
import type { Citizen, World } from './world.ts';

/** What an operation of the API is sent, besides its token. */
interface Sent {
  /** Makes what `{id}` names, or the body: something of the caller's own, where callers of that role own such things. */
  target?: (world: World, caller: Citizen) => Promise<string>;
  body?: (world: World, caller: Citizen, target: string) => unknown;
  query?: (target: string) => string;
}

/** An operation that takes no token: everyone gets the same status. */
export interface OpenRow extends Sent {
  open: number;
}

/** An operation between services: to everyone else it does not exist. */
export interface PeerRow {
  peer: true;
}

/**
 * An operation for those who have a token. A role with a status may call it, and gets that status; a role without one is refused as
 * `forbidden`. All that follows from a token that is not good (401), or lacks the scope (403), is derived.
 */
export interface TokenRow extends Sent, Partial<Record<Role, number>> {
  /** The scope it takes; null: any token is enough; `session`: only the token of a session. */
  scope: Scope | 'session' | null;
  /** What a member gets for what belongs to another member. Named wherever members may call it for a target. */
  stranger?: number;
  /** Further cells, where the target decides who may do what. */
  also?: readonly (Sent & { caller: Role; on: string; expect: number })[];
}

export type Row = OpenRow | PeerRow | TokenRow;
