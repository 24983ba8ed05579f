import { isDuplicateKey, type Transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { actorOf, logEntry, mailTo, userChanged } from '../journal.ts';
import { refuseWeakPassword } from '../passwords/refuse-weak-password.ts';
import { askForMail } from '../quotas/ask-for-mail.ts';
import { type NewPerson, newUser } from '../users/new-user.ts';
import { insertUser, lockUserByEmail, type UserRow, usernameIsTaken } from '../users/store.ts';

/**
 * Registers a member, who waits for an agent's activation unless the bank is open to all. Whether an e-mail address is known here
 * cannot be learnt: a taken one is answered like a free one, with a phantom that keeps the username and that nobody finds, and the
 * address's owner gets a mail.
 * @throws Problem `password_too_weak`, `username_taken`
 */
export async function registerUser(
  deps: Deps,
  person: NewPerson & { password: string },
  origin: Origin,
): Promise<UserRow> {
  refuseWeakPassword(deps, person.password, person);
  if (await usernameIsTaken(deps.db, person.username)) throw refuse.username_taken();
  const status = deps.policy.registration === 'open' ? 'active' : 'pending';
  const passwordHash = await deps.hasher.hash(person.password);

  const attempt = () =>
    change(deps, async (trx) => {
      const now = deps.clock();
      const made = newUser(person, { role: 'member', status, passwordHash }, now);
      const owner = await lockUserByEmail(trx, person.email);
      if (owner !== null) return enrollPhantom(trx, made, owner, now, origin);
      const user = await insertUser(trx, made);
      await enqueue(trx, [
        userChanged(user),
        logEntry(now, origin, {
          actor: actorOf(user),
          action: 'USER_REGISTERED',
          subject: { type: 'user', id: user.id },
          concerns: [user.id],
          message: `${user.username} registered.`,
          data: { status },
        }),
        ...mailTo(user, now, origin, { template: 'registered', data: { status } }),
      ]);
      return user;
    });

  try {
    return await attempt();
  } catch (error) {
    // Somebody registered under the same e-mail at the same moment: now its owner is found.
    if (isDuplicateKey(error, "users_email_key'")) return attempt();
    if (isDuplicateKey(error, "users_username'")) throw refuse.username_taken();
    throw error;
  }
}

async function enrollPhantom(
  trx: Transaction,
  made: Omit<UserRow, 'email_key'>,
  owner: UserRow,
  now: Date,
  origin: Origin,
): Promise<UserRow> {
  const phantom = await insertUser(trx, { ...made, email: null, status: 'pending', phantom: 1 });
  const isTooMuch = (await askForMail(trx, made.email ?? '', now)) !== null;
  if (!isTooMuch) await enqueue(trx, mailTo(owner, now, origin, { template: 'email_taken' }));
  return { ...phantom, email: made.email, status: made.status };
}
