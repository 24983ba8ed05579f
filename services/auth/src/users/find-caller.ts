import type { Database } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import { findUser, type UserRow } from './store.ts';

/** The user behind a token. @throws Problem `unauthenticated` if the user was deleted meanwhile */
export async function findCaller(db: Database, caller: Caller): Promise<UserRow> {
  return (await findUser(db, caller.userId)) ?? accessEnded('the user was deleted');
}

export function accessEnded(internal: string): never {
  throw problems.unauthenticated(undefined, { headers: { 'WWW-Authenticate': 'Bearer' }, internal });
}
