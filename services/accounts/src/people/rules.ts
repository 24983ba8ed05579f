import { type Problem, problems } from '@guichet/errors';
import type { Actor } from '@guichet/events';
import type { Person } from './store.ts';

/**
 * What keeps somebody from changing anything, by what auth last said of them and not by their token, which may be older; null where
 * nothing does. To be asked while their row is locked.
 */
export function refuseActor(person: Person | undefined, actor: Actor): Problem | null {
  if (person === undefined) {
    return problems.unavailable('The bank does not know you yet', { headers: { 'Retry-After': '1' } });
  }
  if (person.status !== 'active') return problems.unauthenticated();
  return person.role === actor.role ? null : problems.forbidden();
}
