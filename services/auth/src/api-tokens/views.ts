import { SCOPES, type Scope } from '@guichet/tokens';
import { z } from 'zod';
import type { ApiTokenRow } from './store.ts';

export const ApiTokenView = z
  .object({
    id: z.string().meta({ format: 'uuid' }),
    name: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    created_at: z.string().meta({ format: 'date-time' }),
    expires_at: z.string().meta({ format: 'date-time' }),
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
  };
}
