import type { Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import { maySee, maySupervise } from './rules.ts';
import { lockUser, type UserRow } from './store.ts';

/**
 * The user on whom the caller is about to act, locked.
 * @throws Problem `not_found` for whom the caller may not even see, `forbidden` for themselves and for a superuser
 */
export async function lockSupervised(trx: Transaction, caller: Caller, userId: string): Promise<UserRow> {
  const supervisor = { id: caller.userId, role: caller.role };
  const user = await lockUser(trx, userId);
  if (user === null) throw problems.not_found();
  if (user.id === supervisor.id) throw problems.forbidden('Nobody decides about themselves');
  if (!maySee(supervisor, user)) throw problems.not_found();
  if (!maySupervise(supervisor, user)) throw problems.forbidden();
  return user;
}
