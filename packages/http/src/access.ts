import type { Role, Scope } from '@guichet/contract';

/** Who may call a route. */
export type Access = { kind: 'open' } | TokenAccess | { kind: 'peer'; services: readonly string[] };

export interface TokenAccess {
  kind: 'token';
  anyOf: readonly Scope[];
  /** The allowed roles; empty means every role that has the scope. */
  roles: readonly Role[];
  sessionOnly: boolean;
}

interface Needs {
  scope?: Scope;
  anyOf?: readonly Scope[];
  roles?: readonly Role[];
}

/** Anyone, without a token. */
export const open = () => ({ kind: 'open' }) as const satisfies Access;

/** A valid token of a session or a personal API token, with the scope, or one of the scopes, if any are named. */
export const token = (needs: Needs = {}): TokenAccess => ({
  kind: 'token',
  anyOf: needs.anyOf ?? (needs.scope === undefined ? [] : [needs.scope]),
  roles: needs.roles ?? [],
  sessionOnly: false,
});

/** A signed-in user: a session's token, and no personal API token. */
export const session = (needs: { scope?: Scope } = {}): TokenAccess => ({
  kind: 'token',
  anyOf: needs.scope === undefined ? [] : [needs.scope],
  roles: [],
  sessionOnly: true,
});

/** Another service of the bank, identified by its certificate; any of them if none is named. */
export const peer = (...services: string[]) => ({ kind: 'peer', services }) as const satisfies Access;
