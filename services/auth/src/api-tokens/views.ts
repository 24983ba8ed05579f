import type { Scope } from '@guichet/contract';
import type { ApiToken, IntrospectionResult } from '@guichet/contract/auth';
import type { Caller } from '@guichet/tokens';
import type { ApiTokenRow } from './store.ts';

export function viewApiToken(row: ApiTokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes.split(' ') as Scope[],
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}

/** The owner of a token, for another service. */
export function viewCaller(caller: Caller): NonNullable<IntrospectionResult['caller']> {
  return {
    token_id: caller.sessionId,
    user_id: caller.userId,
    username: caller.username,
    role: caller.role,
    scopes: [...caller.scopes],
    expires_at: caller.expiresAt.toISOString(),
  };
}
