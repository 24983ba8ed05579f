import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { maySee } from './rules.ts';
import { countUsers, findUser, listUsers, type UserFilter, type UserRow } from './store.ts';

/** A user whom the caller supervises. @throws Problem `not_found` for any other */
export async function findSupervisedUser(deps: Deps, caller: Caller, userId: string): Promise<UserRow> {
  const user = await findUser(deps.db, userId);
  if (user === null || !maySee({ id: caller.userId, role: caller.role }, user)) throw problems.not_found();
  return user;
}

/** The users whom the caller supervises, newest first. */
export async function listSupervisedUsers(
  deps: Deps,
  caller: Caller,
  filter: UserFilter,
  page: { limit: number; before: string | null },
): Promise<UserRow[]> {
  const supervised = supervisedBy(caller, filter);
  return supervised === null ? [] : listUsers(deps.reads, supervised, page);
}

export async function countSupervisedUsers(deps: Deps, caller: Caller, filter: UserFilter): Promise<number> {
  const supervised = supervisedBy(caller, filter);
  return supervised === null ? 0 : countUsers(deps.reads, supervised);
}

/** An agent finds only members, whatever the role filter; null if the filter finds no user. */
function supervisedBy({ role }: Caller, filter: UserFilter): UserFilter | null {
  if (role === 'superuser') return filter;
  if (filter.role !== undefined && filter.role !== 'member') return null;
  return { ...filter, role: 'member' };
}
