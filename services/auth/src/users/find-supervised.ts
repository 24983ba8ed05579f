import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import { maySee, maySupervise } from './rules.ts';
import type { UserRow } from './store.ts';

/**
 * Finds a user on whom the caller may act.
 * @throws Problem `not_found` for a user whom the caller may not see, `forbidden` for themselves
 */
export function refuseUnsupervised(caller: Caller, user: UserRow | null): UserRow {
  const supervisor = { id: caller.userId, role: caller.role };
  if (user === null) throw problems.not_found();
  if (user.id === supervisor.id) throw problems.forbidden('You can’t manage your own account');
  if (!maySee(supervisor, user)) throw problems.not_found();
  if (!maySupervise(supervisor, user)) throw problems.forbidden();
  return user;
}
