import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { maySee } from './rules.ts';
import { findUser, listUsers, type UserFilter, type UserRow } from './store.ts';

/** A user whom the caller supervises. @throws Problem `not_found` for any other */
export async function findSupervisedUser(deps: Deps, caller: Caller, userId: string): Promise<UserRow> {
  const user = await findUser(deps.db, userId);
  if (user === null || !maySee({ id: caller.userId, role: caller.role }, user)) throw problems.not_found();
  return user;
}

/** The users whom the caller supervises, newest first; an agent finds only members, whatever the role filter. */
export async function listSupervisedUsers(
  deps: Deps,
  caller: Caller,
  filter: UserFilter,
  page: { limit: number; before: string | null },
): Promise<UserRow[]> {
  if (caller.role === 'superuser') return listUsers(deps.db, filter, page);
  if (filter.role !== undefined && filter.role !== 'member') return [];
  return listUsers(deps.db, { ...filter, role: 'member' }, page);
}
