import { z } from 'zod';
import { UserView, viewUser } from '../users/views.ts';
import type { SignedIn } from './log-in.ts';
import type { SessionRow } from './store.ts';

export const SignedInView = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int(),
    refresh_token: z.string(),
    scope: z.string(),
    user: UserView,
  })
  .meta({ id: 'SignedIn' });

export function viewSignedIn({ pair, user }: SignedIn, now: Date): z.output<typeof SignedInView> {
  return {
    access_token: pair.accessToken,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.ceil((pair.expiresAt.getTime() - now.getTime()) / 1000)),
    refresh_token: pair.refreshToken,
    scope: pair.scope,
    user: viewUser(user),
  };
}

export const SessionView = z
  .object({
    id: z.string().meta({ format: 'uuid' }),
    created_at: z.string().meta({ format: 'date-time' }),
    last_used_at: z.string().meta({ format: 'date-time' }),
    user_agent: z.string().nullable(),
    ip: z.string().nullable(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

export function viewSession(session: SessionRow, currentId: string): z.output<typeof SessionView> {
  return {
    id: session.id,
    created_at: session.created_at.toISOString(),
    last_used_at: session.last_used_at.toISOString(),
    user_agent: session.user_agent,
    ip: session.ip,
    current: session.id === currentId,
  };
}
