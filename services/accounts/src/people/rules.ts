import type { Actor } from '@guichet/contract/events';
import { type Problem, problems } from '@guichet/errors';
import type { Person } from './store.ts';

/**
 * Refuses a change by a user who is not active or has another role in the state that auth last published; their token may be older. Call it
 * while the user's row is locked. auth issues tokens to active users only, so a caller who is still `pending` here has been activated by
 * an event that has not arrived yet: a reason to wait, not to sign in again.
 */
export function refuseActor(person: Person | undefined, actor: Actor): Problem | null {
  if (person === undefined || person.status === 'pending') {
    return problems.unavailable('Your registration is still being processed', {
      headers: { 'Retry-After': '1' },
    });
  }
  if (person.status !== 'active') return problems.unauthenticated();
  return person.role === actor.role ? null : problems.forbidden();
}
