import { sentence } from '@guichet/contract/events';
import { isDuplicateKey } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { issueLink } from '../links/issue-link.ts';
import { mailTo, userChanged } from '../messages.ts';
import { refuseWeakPassword } from '../passwords/refuse-weak-password.ts';
import { byMailAddress, byNetwork, useAlone, useOrRefuse } from '../quotas/use-quotas.ts';
import { type NewPerson, newUser } from '../users/new-user.ts';
import { insertUser, lockUserByEmail, type UserRow, usernameIsTaken } from '../users/store.ts';

/**
 * Registers a member, who is pending until an agent activates them or, if registration is open, until they follow the link in the
 * registration mail. A client cannot learn whether the bank knows an email address: a taken one gets the same answer after the same statements,
 * with a decoy user who keeps the username and appears in no list, and the address's owner gets a mail.
 * @throws Problem `password_too_weak`, `too_many_requests`, `username_taken`
 */
export async function registerUser(
  deps: Deps,
  person: NewPerson & { password: string },
  origin: Origin,
): Promise<UserRow> {
  refuseWeakPassword(deps, person.password, person);
  await useOrRefuse(deps, byNetwork('registration_from_network', origin));
  if (await usernameIsTaken(deps.db, person.username)) throw refuse.username_taken();
  const passwordHash = await deps.hasher.hash(person.password);
  const mayMail = (await useAlone(deps, byMailAddress('mail_to_address', person.email, origin))) === null;

  const attempt = () =>
    change(deps, async (trx) => {
      const now = deps.clock();
      const made = newUser(person, { role: 'member', status: 'pending', passwordHash }, now);
      const owner = await lockUserByEmail(trx, person.email);
      const user = await insertUser(trx, owner === null ? made : { ...made, email: null, decoy: 1 });
      // A decoy's link is never sent: it is created because leaving it out would show in the response time.
      const link = await issueLink(
        deps,
        trx,
        { userId: user.id, purpose: 'registration', email: person.email },
        now,
      );
      const letters =
        owner === null
          ? mailTo(user, now, origin, {
              template: 'registered',
              data: { link, awaits: deps.policy.registration === 'open' ? 'link' : 'agent' },
            })
          : mailTo(owner, now, origin, { template: 'email_taken' });
      const entries = owner === null ? registered(user, now, origin) : [addressRefused(owner, now, origin)];
      await enqueue(trx, [...entries, ...(mayMail ? letters : [])]);
      return { ...user, email: person.email };
    });

  try {
    return await attempt();
  } catch (error) {
    // Another registration took the same email address at the same moment, so the next try finds its owner.
    if (isDuplicateKey(error, "users_email_key'")) return attempt();
    if (isDuplicateKey(error, "users_username'")) throw refuse.username_taken();
    throw error;
  }
}

function registered(user: UserRow, now: Date, origin: Origin): OutboxMessage[] {
  return [
    userChanged(user),
    actionLogged(now, origin, {
      actor: actorOf(user),
      action: 'USER_REGISTERED',
      level: 'INFO',
      subject: { type: 'user', id: user.id },
      concerns: [user.id],
      sentence: sentence`${nameOf(user)} registered.`,
      data: { status: user.status },
    }),
  ];
}

function addressRefused(owner: UserRow, now: Date, origin: Origin): OutboxMessage {
  return actionLogged(now, origin, {
    actor: null,
    action: 'USER_REGISTERED',
    level: 'WARNING',
    subject: { type: 'user', id: owner.id },
    concerns: [owner.id],
    sentence: sentence`Someone tried to register with the email address of ${nameOf(owner)}.`,
  });
}
