import { ROLES, SCOPES, type Scope } from '@guichet/contract';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import type { ApiTokenRow } from './store.ts';

export const ApiTokenView = z
  .object({
    id: z.string().meta({ format: 'uuid' }),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: z.string().meta({ format: 'date-time' }),
    expires_at: z.string().meta({ format: 'date-time' }),
    last_used_at: z.string().meta({ format: 'date-time' }).nullable(),
  })
  .meta({ id: 'ApiToken' });

/** The only view that holds the token itself. */
export const NewApiTokenView = ApiTokenView.extend({ token: z.string() }).meta({ id: 'NewApiToken' });

export function viewApiToken(row: ApiTokenRow): z.output<typeof ApiTokenView> {
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
export const CallerView = z.object({
  token_id: z.string(),
  user_id: z.string(),
  username: z.string(),
  role: z.enum(ROLES),
  scopes: z.array(z.enum(SCOPES)),
  expires_at: z.string().meta({ format: 'date-time' }),
});

export function viewCaller(caller: Caller): z.output<typeof CallerView> {
  return {
    token_id: caller.sessionId,
    user_id: caller.userId,
    username: caller.username,
    role: caller.role,
    scopes: [...caller.scopes],
    expires_at: caller.expiresAt.toISOString(),
  };
}
