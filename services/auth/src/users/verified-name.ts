import { refuse } from '../errors.ts';
import type { UserChanges, UserRow } from './store.ts';

/** A person's name, as shown to the agent who verifies it. */
export interface ShownName {
  first_name: string | null;
  last_name: string | null;
}

/** The name that an agent verified, or null. */
export function verifiedNameOf(user: UserRow): ShownName | null {
  const { verified_first_name: first_name, verified_last_name: last_name } = user;
  return first_name === null && last_name === null ? null : { first_name, last_name };
}

/**
 * Makes a user's current name the verified one.
 * @param shown the name that the agent saw, if the request names it
 * @throws Problem `name_changed` if the name has changed since
 */
export function verifyPresentName(user: UserRow, shown: ShownName | null): UserChanges {
  const { first_name, last_name } = user;
  if (shown !== null && (shown.first_name !== first_name || shown.last_name !== last_name)) {
    throw refuse.name_changed();
  }
  return { verified_first_name: first_name, verified_last_name: last_name };
}
