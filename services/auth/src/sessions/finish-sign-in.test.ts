import test from 'ava';
import {
  afterComparing,
  codeNow,
  linkToken,
  openTestAuth,
  PASSWORD,
  type Person,
  personWithTotp,
  wrongCode,
} from '../fixtures.ts';
import { createPasswordHasher } from '../passwords/hasher.ts';
import { sweep } from '../sweep.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const { db } = auth.database;

const logIn = (username: string, more: object = {}) =>
  auth.api.post('/api/auth/login', { username, password: PASSWORD, ...more });
const finish = (sign_in: string, totp: string) =>
  auth.api.post('/api/auth/login/second-factor', { sign_in, totp });
async function ticketOf(person: Pick<Person, 'username'>): Promise<string> {
  const { status, body } = await logIn(person.username);
  if (status !== 401 || body.code !== 'totp_required') throw new Error(JSON.stringify(body));
  return body.sign_in;
}
const waiting = ({ id }: Pick<Person, 'id'>) => db('unfinished_sign_ins').where({ user_id: id });

test.serial('after the right password, a code alone finishes the sign-in, once', async (t) => {
  const person = await personWithTotp(auth);
  const ticket = await ticketOf(person);
  t.regex(ticket, /^[A-Za-z0-9_-]{43}$/);
  t.false(JSON.stringify(await waiting(person)).includes(ticket), 'stored by its hash only');
  const before = auth.verifications();
  const { status, body } = await finish(ticket, ` ${codeNow(auth, person.secret)} `);
  t.is(status, 200);
  t.like(body, { token_type: 'Bearer', user: { id: person.id } });
  t.is((await auth.api.get('/api/auth/profile', { token: body.access_token })).status, 200);
  t.is(auth.verifications(), before, 'without another hash');
  t.is((await auth.logEvents(person.id)).at(-1)?.action, 'LOGIN');
  auth.advance(30);
  t.is((await finish(ticket, codeNow(auth, person.secret))).body.code, 'invalid_sign_in');
});

test.serial('a recovery code finishes a sign-in too, and is used up', async (t) => {
  const person = await personWithTotp(auth);
  t.is((await finish(await ticketOf(person), person.codes[0] ?? '')).status, 200);
  t.is((await finish(await ticketOf(person), person.codes[0] ?? '')).body.code, 'invalid_totp');
});

test.serial('a code finishes the sign-in of its own user only', async (t) => {
  const person = await personWithTotp(auth);
  const thief = await personWithTotp(auth);
  const ticket = await ticketOf(person);
  t.is((await finish(ticket, codeNow(auth, thief.secret))).body.code, 'invalid_totp');
  t.is((await finish(ticket, thief.codes[0] ?? '')).body.code, 'invalid_totp');
});

test.serial('a ticket that is unknown, used, or five minutes old finishes nothing', async (t) => {
  const person = await personWithTotp(auth);
  for (const ticket of ['x', 'A'.repeat(43), person.refreshToken, person.token])
    t.is((await finish(ticket, codeNow(auth, person.secret))).body.code, 'invalid_sign_in');
  const ticket = await ticketOf(person);
  auth.advance(300);
  t.is((await finish(ticket, codeNow(auth, person.secret))).body.code, 'invalid_sign_in');
  auth.advance(1);
  await sweep(auth.deps);
  t.deepEqual(await waiting(person), []);
  const late = await ticketOf(person);
  auth.advance(299);
  t.is((await finish(late, codeNow(auth, person.secret))).status, 200);
});

test.serial('five wrong codes end a sign-in, and lock its user as wrong passwords do', async (t) => {
  const person = await personWithTotp(auth);
  t.is((await logIn(person.username, { password: 'wrong' })).status, 401);
  const ticket = await ticketOf(person);
  for (let wrong = 1; wrong <= 4; wrong += 1)
    t.is((await finish(ticket, wrongCode(auth, person.secret))).body.code, 'invalid_totp');
  const locked = await finish(ticket, codeNow(auth, person.secret));
  t.is(locked.body.code, 'too_many_attempts', 'the wrong password counts with them');
  t.is(locked.headers['retry-after'], '30');
  t.is((await logIn(person.username)).body.code, 'too_many_attempts');
  auth.advance(30);
  t.is((await finish(ticket, wrongCode(auth, person.secret))).body.code, 'invalid_totp');
  auth.advance(60);
  t.is((await finish(ticket, codeNow(auth, person.secret))).body.code, 'invalid_sign_in');
  t.is((await finish(await ticketOf(person), codeNow(auth, person.secret))).status, 200);
});

test.serial('more tickets give no more guesses, also at the same moment', async (t) => {
  const person = await personWithTotp(auth);
  const tickets = await Promise.all(Array.from({ length: 10 }, () => ticketOf(person)));
  const replies = await Promise.all(
    tickets.flatMap((ticket) =>
      Array.from({ length: 10 }, () => finish(ticket, wrongCode(auth, person.secret))),
    ),
  );
  const codes = replies.map(({ body }) => body.code);
  t.is(codes.filter((code) => code === 'invalid_totp').length, 5);
  t.is(codes.filter((code) => ['too_many_attempts', 'invalid_sign_in'].includes(code)).length, 95);
});

test.serial('one code finishes one of several sign-ins at the same moment', async (t) => {
  const person = await personWithTotp(auth);
  const ticket = await ticketOf(person);
  const code = codeNow(auth, person.secret);
  const replies = await Promise.all([...Array(5)].map(() => finish(ticket, code)));
  t.deepEqual(replies.map(({ body }) => body.code ?? 'ok').sort(), [
    'invalid_sign_in',
    'invalid_sign_in',
    'invalid_sign_in',
    'invalid_sign_in',
    'ok',
  ]);
});

test.serial('a right password is not confirmed if concurrent guesses lock the user first', async (t) => {
  const person = await personWithTotp(auth);
  const reply = await afterComparing(
    auth,
    () => logIn(person.username),
    async () => {
      for (let failure = 1; failure <= 5; failure += 1) await logIn(person.username, { password: 'wrong' });
    },
  );
  t.is(reply.body.code, 'too_many_attempts');
  t.deepEqual(await waiting(person), []);
});

test.serial('while the user is locked, no code is looked at, and none is used up', async (t) => {
  const person = await personWithTotp(auth);
  const ticket = await ticketOf(person);
  for (let failure = 1; failure <= 5; failure += 1) await logIn(person.username, { password: 'wrong' });
  t.is((await finish(ticket, person.codes[0] ?? '')).body.code, 'too_many_attempts');
  auth.advance(30);
  t.is((await finish(ticket, person.codes[0] ?? '')).status, 200);
});

const ENDS: Record<string, (person: Person) => Promise<{ status: number }>> = {
  'a new password': (person) =>
    auth.api.post(
      '/api/auth/password/reset',
      { old_password: PASSWORD, new_password: 'parsnips-every-thursday' },
      { token: person.token },
    ),
  'a recovered password': async (person) => {
    await auth.api.post('/api/auth/password/forgot', { email: person.email });
    const token = linkToken((await auth.mails(person.email ?? '')).at(-1));
    return auth.api.post('/api/auth/password/recover', { token, new_password: 'parsnips-every-thursday' });
  },
  'a reset of the second factor': async (person) => {
    const { token } = await auth.person('agent');
    return auth.api.delete(`/api/auth/users/${person.id}/second-factor`, undefined, { token });
  },
  'a deactivation': async (person) => {
    const { token } = await auth.person('agent');
    return auth.api.post(`/api/auth/users/${person.id}/deactivate`, {}, { token });
  },
  'a deletion': async (person) => {
    const { token } = await auth.person('agent');
    return auth.api.delete(`/api/auth/users/${person.id}`, undefined, { token });
  },
};
for (const [name, end] of Object.entries(ENDS)) {
  test.serial(`${name} ends a sign-in that waits for its code`, async (t) => {
    const person = await personWithTotp(auth);
    const ticket = await ticketOf(person);
    t.true((await end(person)).status < 300);
    t.is((await finish(ticket, codeNow(auth, person.secret))).body.code, 'invalid_sign_in');
    t.is((await finish(ticket, person.codes[0] ?? '')).body.code, 'invalid_sign_in');
    t.deepEqual(await waiting(person), []);
  });
}

test.serial('signing out of one session leaves a sign-in that waits for its code', async (t) => {
  const person = await personWithTotp(auth);
  const ticket = await ticketOf(person);
  await auth.api.post('/api/auth/logout', undefined, { token: person.token });
  t.is((await finish(ticket, codeNow(auth, person.secret))).status, 200);
});

test.serial('a sign-in that waits begins again once its second factor is turned off', async (t) => {
  const person = await personWithTotp(auth);
  const ticket = await ticketOf(person);
  await auth.api.delete('/api/auth/totp', { password: PASSWORD }, { token: person.token });
  t.is((await finish(ticket, codeNow(auth, person.secret))).body.code, 'invalid_sign_in');
  t.is((await logIn(person.username)).status, 200);
});

test.serial('a password hashed at a lower cost is hashed again before the code is given', async (t) => {
  const person = await personWithTotp(auth);
  const users = db('users').where({ id: person.id });
  const dated = await createPasswordHasher(1, { memoryKib: 32, passes: 1, parallelism: 1 }).hash(PASSWORD);
  await users.clone().update({ password_hash: dated });
  const ticket = await ticketOf(person);
  t.not((await users.clone().first('password_hash')).password_hash, dated);
  t.is((await finish(ticket, codeNow(auth, person.secret))).status, 200);
});
