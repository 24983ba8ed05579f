import type { StaffRole } from '@guichet/contract';
import { plain, sentence } from '@guichet/contract/events';
import { isDuplicateKey } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { issueLink } from '../links/issue-link.ts';
import { mailTo, userChanged } from '../messages.ts';
import { refuseWeakPassword } from '../passwords/refuse-weak-password.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { type NewPerson, newUser } from '../users/new-user.ts';
import { insertUser, type UserRow } from '../users/store.ts';

/**
 * Creates an agent or another superuser. With a password they are active at once; without one they are pending, and become active when they
 * set one with the mailed link.
 * @throws Problem `password_too_weak`, `username_taken`, `email_taken`; `forbidden` for an API token that creates a superuser
 */
export async function createAgent(
  deps: Deps,
  caller: Caller,
  person: NewPerson & { password: string | null; role: StaffRole },
  origin: Origin,
): Promise<UserRow> {
  const { role } = person;
  // A token may have one scope of its owner, and a new superuser has all of them.
  if (role === 'superuser' && caller.kind === 'api') throw problems.forbidden();
  if (person.password !== null) refuseWeakPassword(deps, person.password, person);
  const passwordHash = person.password === null ? null : await deps.hasher.hash(person.password);
  const isInvited = passwordHash === null;
  const status = isInvited ? 'pending' : 'active';

  try {
    return await changeAsCaller(deps, caller, async (trx) => {
      const now = deps.clock();
      const agent = await insertUser(trx, newUser(person, { role, status, passwordHash, isInvited }, now));
      const purpose = isInvited ? 'invite' : 'registration';
      const link = await issueLink(deps, trx, { userId: agent.id, purpose, email: person.email }, now);
      const letter = isInvited
        ? ({ template: 'agent_invited', data: { link, role } } as const)
        : ({ template: 'registered', data: { link, awaits: 'nothing' } } as const);
      await enqueue(trx, [
        userChanged(agent),
        actionLogged(now, origin, {
          actor: actorOf(caller),
          action: role === 'superuser' ? 'SUPERUSER_CREATED' : 'AGENT_CREATED',
          subject: { type: 'user', id: agent.id },
          concerns: [agent.id],
          sentence: sentence`${nameOf(caller)} created the ${plain(role)} ${nameOf(agent)}.`,
          data: { status },
        }),
        ...mailTo(agent, now, origin, letter),
      ]);
      return agent;
    });
  } catch (error) {
    if (isDuplicateKey(error, "users_email_key'")) throw refuse.email_taken();
    if (isDuplicateKey(error, "users_username'")) throw refuse.username_taken();
    throw error;
  }
}
