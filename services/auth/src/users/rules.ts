import { emailKey, parseEmail, type Role } from '@guichet/contract';
import { Username } from '@guichet/contract/auth';

/** The name by which a user is looked up at sign-in. */
export interface LoginName {
  column: 'username' | 'email_key';
  /** The normalized name, the same for all spellings. */
  key: string;
}

/** Parses the name that was typed to sign in: an email address or a username. Case and surrounding spaces are ignored. */
export function readLoginName(typed: string): LoginName {
  const trimmed = typed.trim();
  const address = parseEmail(trimmed);
  if (address !== null) return { column: 'email_key', key: emailKey(address) };
  const username = Username.safeParse(trimmed);
  // No username contains a question mark, so other characters cannot turn into a username when case is folded.
  return { column: 'username', key: username.data ?? `?${trimmed.toLowerCase()}` };
}

interface Person {
  id: string;
  role: Role;
}

/** Whether a supervisor may see the user at all: an agent sees members, a superuser all. */
export function maySee(supervisor: Person, user: Person): boolean {
  return supervisor.role === 'superuser' || (supervisor.role === 'agent' && user.role === 'member');
}

/** Whether a supervisor may act on the user: agents on members, superusers on all, no user on themselves. */
export function maySupervise(supervisor: Person, user: Person): boolean {
  return maySee(supervisor, user) && user.id !== supervisor.id;
}
