import test from 'ava';
import { isActiveSuperuser } from './active-superuser.ts';
import { newUser } from './new-user.ts';
import type { UserRow } from './store.ts';

test('an active superuser can sign in, and has a second factor where staff need one', (t) => {
  const person = { username: 'root', email: 'r@example.org', first_name: null, last_name: null } as const;
  const row = newUser(
    { ...person, language: 'en' },
    { role: 'superuser', status: 'active', passwordHash: 'x' },
    new Date(),
  );
  const cases: [Partial<UserRow>, boolean, boolean][] = [
    [{}, true, false],
    [{ totp_enabled: 1 }, true, true],
    [{ passkeys: 1 }, true, true],
    [{ password_hash: null }, false, false],
    [{ password_hash: null, passkeys: 1 }, true, true],
    [{ status: 'deactivated', totp_enabled: 1 }, false, false],
    [{ status: 'pending', totp_enabled: 1 }, false, false],
    [{ role: 'agent', totp_enabled: 1 }, false, false],
  ];
  for (const [facts, counts, countsIfRequired] of cases) {
    const user = { ...row, email_key: null, ...facts };
    t.is(isActiveSuperuser({ requireTotpForStaff: false }, user), counts, JSON.stringify(facts));
    t.is(isActiveSuperuser({ requireTotpForStaff: true }, user), countsIfRequired, JSON.stringify(facts));
  }
});
