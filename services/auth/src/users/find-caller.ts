import type { Database, Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Caller } from '@guichet/tokens';
import { findUser, lockUser, type UserRow } from './store.ts';

/** The user behind a token. @throws Problem `unauthenticated` where they were forgotten since */
export async function findCaller(db: Database, caller: Caller): Promise<UserRow> {
  return (await findUser(db, caller.userId)) ?? gone();
}

/** The same, locked until the transaction ends. */
export async function lockCaller(trx: Transaction, caller: Caller): Promise<UserRow> {
  return (await lockUser(trx, caller.userId)) ?? gone();
}

function gone(): never {
  throw problems.unauthenticated(undefined, {
    headers: { 'WWW-Authenticate': 'Bearer' },
    internal: 'the user is gone',
  });
}
