import type {
  NewSession as NewSessionReply,
  Session,
  SignedIn as SignedInReply,
} from '@guichet/contract/auth';
import { viewUser } from '../users/views.ts';
import type { NewSession, SignedIn } from './open-session.ts';
import type { SessionRow } from './store.ts';

export function viewSignedIn({ pair, user }: SignedIn, now: Date): SignedInReply {
  return {
    access_token: pair.accessToken,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.ceil((pair.expiresAt.getTime() - now.getTime()) / 1000)),
    refresh_token: pair.refreshToken,
    scope: pair.scope,
    user: viewUser(user),
  };
}

export function viewNewSession(session: NewSession, now: Date): NewSessionReply {
  return { ...viewSignedIn(session, now), device_token: session.deviceToken };
}

export function viewSession(session: SessionRow, currentId: string): Session {
  return {
    id: session.id,
    created_at: session.created_at.toISOString(),
    last_used_at: session.last_used_at.toISOString(),
    user_agent: session.user_agent,
    ip: session.ip,
    current: session.id === currentId,
  };
}
