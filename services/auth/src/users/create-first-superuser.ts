import { randomInt } from 'node:crypto';
import { sentence } from '@guichet/contract/events';
import { isDuplicateKey, lockLease, queryOnce } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { actionLogged, nameOf } from '../audit.ts';
import { change, type Deps } from '../deps.ts';
import { userChanged } from '../messages.ts';
import { passwordWeakness } from '../passwords/rules.ts';
import { newUser } from './new-user.ts';
import { insertUser, superuserExists } from './store.ts';

export interface FirstSuperuser {
  username: string;
  email: string;
  /** Null to generate one. */
  password: string | null;
}

/**
 * Makes sure that the bank has a superuser; only one is created, however many replicas start at the same time.
 * @returns null if there is one already, else an object with the generated password, which is null if it was configured
 * @throws Error if the configured name, address or password is invalid
 */
export async function createFirstSuperuser(
  deps: Deps,
  given: FirstSuperuser,
): Promise<{ username: string; generatedPassword: string | null } | null> {
  // The common case, at every start but the first, takes no lock.
  if (await superuserExists(deps.db)) return null;
  const generatedPassword = given.password === null ? generatePassword() : null;
  const password = given.password ?? generatedPassword ?? '';
  const person = { ...given, first_name: null, last_name: null, language: 'en' } as const;
  const weakness = passwordWeakness(password, person, deps.commonPasswords);
  if (weakness !== null) throw new Error(`SUPERUSER_PASSWORD ${weakness}`);
  const passwordHash = await deps.hasher.hash(password);

  const made = await change(deps, async (trx) => {
    const now = deps.clock();
    await queryOnce(trx, lockLease('first superuser'));
    if (await superuserExists(trx)) return false;
    const superuser = await insertUser(
      trx,
      newUser(person, { role: 'superuser', status: 'active', passwordHash, emailConfirmed: true }, now),
    );
    await enqueue(trx, [
      userChanged(superuser),
      actionLogged(
        now,
        { correlationId: null, ip: null, userAgent: null },
        {
          actor: null,
          action: 'USER_REGISTERED',
          level: 'INFO',
          subject: { type: 'user', id: superuser.id },
          concerns: [superuser.id],
          sentence: sentence`The first superuser, ${nameOf(superuser)}, was created.`,
          data: { status: 'active', role: 'superuser' },
        },
      ),
    ]);
    return true;
  }).catch((error: unknown) => {
    if (!isDuplicateKey(error)) throw error;
    throw new Error('SUPERUSER_USERNAME or SUPERUSER_EMAIL belongs to a user who isn’t a superuser');
  });
  return made ? { username: given.username, generatedPassword } : null;
}

/** 125 bits in letters and digits that are not easily confused. */
function generatePassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
  return Array.from({ length: 25 }, (_, place) => {
    const letter = letters[randomInt(letters.length)] ?? '';
    return place > 0 && place % 5 === 0 ? `-${letter}` : letter;
  }).join('');
}
