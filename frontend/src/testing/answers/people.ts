import type { Role } from '@guichet/contract';
import type { User } from '@guichet/contract/auth';
import { buildUser } from '../fixtures.ts';

export const alice = buildUser('alice', 'member');
export const bruno = buildUser('bruno', 'agent');
const root = buildUser('root', 'superuser');

/** A member who waits for an agent to activate them. */
export const registered = buildUser('denis', 'member', { status: 'pending' });

/** An agent who has not accepted the invitation yet. */
export const invited = buildUser('chloe', 'agent', {
  status: 'pending',
  invitation_expires_at: '2099-11-27T09:12:00.000Z',
});

/** A superuser besides the one who can sign in. */
export const secondRoot = buildUser('sacha', 'superuser');

/** The users who can sign in. */
export const byRole: Record<Role, User> = { member: alice, agent: bruno, superuser: root };
