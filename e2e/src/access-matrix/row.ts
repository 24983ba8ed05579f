import type { Role, Scope } from '@guichet/contract';
import type { SignedInUser, World } from './world.ts';

/** The input of an operation of the API, besides the token. */
interface Sent {
  /** Creates the target that `{id}` or the body names; it belongs to the caller if their role owns such things. */
  target?: (world: World, caller: SignedInUser) => Promise<string>;
  /** A text is sent as XML. */
  body?: (world: World, caller: SignedInUser, target: string) => unknown;
  query?: (target: string) => string;
}

/** An operation that takes no token: everyone gets the same status. */
export interface OpenRow extends Sent {
  open: number;
}

/** An operation between services; all other callers get 404. */
interface PeerRow {
  peer: true;
}

/**
 * An operation for those who have a token. A role with a status may call it, and gets that status; a role without one is refused as
 * `forbidden`. The cells for invalid tokens (401) and missing scopes (403) are derived.
 */
export interface TokenRow extends Sent, Partial<Record<Role, number>> {
  /** The required scope; null: any token is enough; `session`: only the token of a session. */
  scope: Scope | 'session' | null;
  /** The status that a member gets for a target of another member; required if members may call it with a target. */
  stranger?: number;
  /** Further cells, where the target decides who may do what. */
  also?: readonly (Sent & { caller: Role; on: string; expect: number })[];
}

export type Row = OpenRow | PeerRow | TokenRow;
