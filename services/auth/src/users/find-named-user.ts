import type { Database } from '@guichet/database';
import { readLoginName } from './rules.ts';
import { findUserByLogin, type UserRow } from './store.ts';

/** The user whom an operator names by username or confirmed email address. @throws Error if there is none */
export async function findNamedUser(db: Database, name: string): Promise<UserRow> {
  const user = await findUserByLogin(db, readLoginName(name));
  if (user === null || user.decoy === 1) throw new Error(`no user is named ${name}`);
  return user;
}
