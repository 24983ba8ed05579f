import { shapeOf } from '@guichet/testing';
import test from 'ava';
import { linkToken, openTestAuth, PASSWORD, type TestAuth } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const register = (body: object) => auth.api.post('/api/auth/register', body);

test('a member registers, waits for an agent, and gets a mail about it', async (t) => {
  const { status, body } = await register({
    username: 'Marie.Curie',
    email: 'Marie@Example.org',
    password: PASSWORD,
    first_name: 'Marie',
    language: 'fr',
  });
  t.is(status, 201);
  t.like(body, {
    username: 'marie.curie',
    email: 'Marie@Example.org',
    pending_email: null,
    first_name: 'Marie',
    last_name: null,
    role: 'member',
    status: 'pending',
    language: 'fr',
    totp_enabled: false,
    email_confirmed: false,
  });
  t.false('password' in body || 'password_hash' in body);
  const [mail] = await auth.mails('Marie@Example.org');
  t.like(mail, {
    template: 'registered',
    data: { awaits: 'agent' },
    to: { name: null, language: 'fr' },
  });
  t.like((await auth.userEvents(body.id))[0], { version: 1, username: 'marie.curie', status: 'pending' });
  const [entry] = await auth.logEvents(body.id);
  t.like(entry, { action: 'USER_REGISTERED', level: 'INFO', service: 'auth', concerns: [body.id] });
  const published = await auth.database.db('outbox').select('payload');
  t.false(JSON.stringify(published).includes(PASSWORD));
});

test('a taken username is refused in any upper or lower case', async (t) => {
  await auth.user({ username: 'albert' });
  const { status, body } = await register({
    username: 'ALBERT',
    email: 'other@example.org',
    password: PASSWORD,
  });
  t.is(status, 409);
  t.is(body.code, 'username_taken');
});

test('one of two concurrent registrations with one username succeeds', async (t) => {
  const replies = await Promise.all(
    [1, 2, 3, 4].map((n) =>
      register({ username: 'twice', email: `twice-${n}@example.org`, password: PASSWORD }),
    ),
  );
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 409, 409, 409]);
});

test('a taken email gets the same response as a free one, but the decoy is never found, and the owner gets a mail', async (t) => {
  const owner = await auth.user({ email: 'owner@example.org' });
  const agent = await auth.person('agent');
  const superuser = await auth.person('superuser');
  const free = await register({ username: 'free-one', email: 'free@example.org', password: PASSWORD });
  const taken = await register({ username: 'taken-one', email: 'OWNER@example.org', password: PASSWORD });
  t.is(taken.status, 201);
  t.deepEqual(Object.keys(taken.body), Object.keys(free.body));
  t.like(taken.body, {
    username: 'taken-one',
    email: 'OWNER@example.org',
    status: 'pending',
    role: 'member',
  });

  for (const { token } of [agent, superuser]) {
    t.is((await auth.api.get(`/api/auth/users/${taken.body.id}`, { token })).status, 404);
    t.is(
      (await auth.api.post(`/api/auth/users/${taken.body.id}/activate`, undefined, { token })).status,
      404,
    );
    t.deepEqual((await auth.api.get('/api/auth/users?q=taken-one', { token })).body.items, []);
  }
  t.deepEqual(
    (await auth.mails(owner.email ?? '')).map(({ template }) => template),
    ['email_taken'],
  );
  t.deepEqual(await auth.userEvents(taken.body.id), []);

  // The username is reserved, and signing in reveals no more than for any pending user.
  t.is((await register({ username: 'taken-one', email: 'new@example.org', password: PASSWORD })).status, 409);
  const right = await auth.api.post('/api/auth/login', { username: 'taken-one', password: PASSWORD });
  t.is(right.body.code, 'account_pending');
  const wrong = await auth.api.post('/api/auth/login', { username: 'taken-one', password: `${PASSWORD}!` });
  t.is(wrong.body.code, 'invalid_credentials');
});

test('two concurrent registrations with one email address both succeed, and one user is found', async (t) => {
  const replies = await Promise.all(
    [1, 2, 3].map((n) =>
      register({ username: `same-mail-${n}`, email: 'same-mail@example.org', password: PASSWORD }),
    ),
  );
  t.deepEqual(
    replies.map(({ status }) => status),
    [201, 201, 201],
  );
  const agent = await auth.person('agent');
  const found = await auth.api.get('/api/auth/users?q=same-mail', { token: agent.token });
  t.is(found.body.items.length, 1);
});

test('the owner of an address is not flooded with mails', async (t) => {
  await auth.user({ email: 'calm@example.org' });
  for (let n = 0; n < 8; n += 1) {
    const { status } = await register({
      username: `flood-${n}`,
      email: 'calm@example.org',
      password: PASSWORD,
    });
    t.is(status, 201);
  }
  t.is((await auth.mails('calm@example.org')).length, 5);
});

test('a weak password is refused with the reason', async (t) => {
  for (const password of ['short', 'password12345', 'about-weakling-and-more', 'x'.repeat(129)]) {
    const { status, body } = await register({ username: 'weakling', email: 'weak@example.org', password });
    t.is(status, 422, password);
    t.is(body.code, 'password_too_weak');
    t.false(JSON.stringify(body).includes(password));
  }
  const person = {
    username: 'weakling',
    email: 'weak@example.org',
    first_name: 'Éloïse',
    last_name: 'Martin',
  };
  for (const password of ['in-the-eloise-garden', 'in-the-MARTIN-garden']) {
    t.is((await register({ ...person, password })).body.code, 'password_too_weak', password);
  }
});

test('addresses must conform to RFC 5321 and IDNA, and a Unicode domain is stored in its ASCII form', async (t) => {
  let people = 0;
  const registerAs = (email: string) => {
    people += 1;
    return register({ username: `address-${people}`, email, password: PASSWORD });
  };
  for (const [email, kept] of [
    ['a&b@example.org', 'a&b@example.org'],
    ['user@xn--h1alffa9f.xn--p1ai', 'user@xn--h1alffa9f.xn--p1ai'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
  ] as const) {
    const { status, body } = await registerAs(email);
    t.is(status, 201, email);
    t.is(body.email, kept);
  }
  for (const email of [`${'l'.repeat(65)}@example.org`, `x@${'d'.repeat(64)}.org`, 'élodie@example.org']) {
    const { status, body } = await registerAs(email);
    t.is(status, 400, email);
    t.is(body.errors[0].path, 'email');
  }
  // The same mailbox in another spelling counts as taken, so its owner gets a mail.
  await registerAs('USER@BÜCHER.example');
  t.deepEqual(
    (await auth.mails('user@xn--bcher-kva.example')).map(({ template }) => template),
    ['registered', 'email_taken'],
  );
});

test.serial('overlong text is refused before it is normalized or hashed', async (t) => {
  const marks = `a${'\u0316\u0301'.repeat(3_500)}`;
  const { token } = await auth.person();
  const before = auth.verifications();
  for (const [method, path, body] of [
    ['post', '/api/auth/login', { username: 'ann', password: marks }],
    ['post', '/api/auth/register', { username: 'bounded', email: 'b@example.org', password: marks }],
    ['post', '/api/auth/password/reset', { old_password: marks, new_password: PASSWORD }],
    ['post', '/api/auth/password/reset', { old_password: PASSWORD, new_password: marks }],
    ['post', '/api/auth/password/recover', { token: 'x', new_password: marks }],
    ['patch', '/api/auth/profile', { email: 'b@example.org', current_password: marks }],
    ['patch', '/api/auth/profile', { first_name: marks }],
  ] as const) {
    const reply = await auth.api[method](path, body, { token });
    t.is(reply.status, 400, path);
    t.is(reply.body.code, 'invalid_request');
  }
  t.is(auth.verifications(), before);
});

test('a password of 129 characters is too weak, and one of 513 an invalid request', async (t) => {
  const registerWith = (length: number) =>
    register({ username: `long-${length}`, email: 'long@example.org', password: 'ж'.repeat(length) });
  t.is((await registerWith(129)).body.code, 'password_too_weak');
  t.is((await registerWith(512)).body.code, 'password_too_weak');
  t.is((await registerWith(513)).body.code, 'invalid_request');
});

const confirm = (bank: TestAuth, token: string) =>
  bank.api.post('/api/auth/profile/confirm-email', { token });
const logIn = (bank: TestAuth, username: string, password = PASSWORD) =>
  bank.api.post('/api/auth/login', { username, password });

test('an email address signs in once the link in the registration mail has confirmed it', async (t) => {
  const email = 'lise@example.org';
  const { body: lise } = await register({ username: 'lise', email, password: PASSWORD });
  t.is((await logIn(auth, email)).body.code, 'invalid_credentials');
  const agent = await auth.person('agent');
  await auth.api.post(`/api/auth/users/${lise.id}/activate`, undefined, { token: agent.token });
  t.is((await logIn(auth, 'lise')).body.user.email_confirmed, false);
  t.is((await logIn(auth, email)).body.code, 'invalid_credentials');

  const token = linkToken((await auth.mails(email))[0]);
  t.is((await confirm(auth, token)).status, 204);
  const signedIn = await logIn(auth, email);
  t.like(signedIn.body.user, { id: lise.id, email_confirmed: true });
  t.like(
    (await auth.logEvents(lise.id)).find(({ action }) => action === 'EMAIL_CONFIRMED'),
    {
      actor: { id: lise.id },
      subject: { type: 'user', id: lise.id },
    },
  );
  t.like((await auth.userEvents(lise.id)).at(-1), { email_confirmed: true, status: 'active' });
  t.is((await confirm(auth, token)).body.code, 'invalid_link');
});

test('a pending member who confirms the address still waits for an agent', async (t) => {
  await register({ username: 'waits', email: 'waits@example.org', password: PASSWORD });
  await confirm(auth, linkToken((await auth.mails('waits@example.org'))[0]));
  t.is((await logIn(auth, 'waits@example.org')).body.code, 'account_pending');
});

test('a rejection invalidates the link in the registration mail', async (t) => {
  const { body } = await register({ username: 'refused', email: 'refused@example.org', password: PASSWORD });
  const agent = await auth.person('agent');
  await auth.api.post(`/api/auth/users/${body.id}/reject`, undefined, { token: agent.token });
  const token = linkToken((await auth.mails('refused@example.org'))[0]);
  t.is((await confirm(auth, token)).body.code, 'invalid_link');
});

test('if registration is open, the link in the registration mail activates the user', async (t) => {
  const open = await openTestAuth({ policy: { registration: 'open' } });
  t.teardown(() => open.close());
  const email = 'newcomer@example.org';
  const reply = await open.api.post('/api/auth/register', {
    username: 'newcomer',
    email,
    password: PASSWORD,
  });
  t.is(reply.body.status, 'pending');
  t.is((await logIn(open, 'newcomer')).body.code, 'account_pending');
  const [mail] = await open.mails(email);
  t.is(mail?.data.awaits, 'link');
  t.is((await confirm(open, linkToken(mail))).status, 204);
  t.is((await logIn(open, 'newcomer')).status, 200);
  const actions = (await open.logEvents(reply.body.id)).map(({ action }) => action);
  t.true(actions.includes('EMAIL_CONFIRMED') && actions.includes('USER_ACTIVATED'));
});

for (const registration of ['approval', 'open'] as const) {
  test(`neither the response nor the work reveals that an email address is taken (registration: ${registration})`, async (t) => {
    const bank = await openTestAuth({ policy: { registration } });
    t.teardown(() => bank.close());
    await bank.user({ username: 'owner', email: 'owner@example.org' });
    const watched = watchStatements(bank);
    const seen = [];
    for (const [username, email] of [
      ['prober-a', 'owner@example.org'],
      ['prober-b', 'nobody@example.org'],
    ] as const) {
      const { verified, statements } = watched.start();
      const password = 'the-probers-own-secret';
      const registered = await bank.api.post('/api/auth/register', { username, email, password });
      const signIns = [];
      for (const name of [email, username]) {
        for (const tried of [password, 'not-the-password']) signIns.push(await logIn(bank, name, tried));
      }
      seen.push({
        registered: { ...registered.body, id: '', username: '', email: '' },
        signIns: signIns.map(({ status, body }) => [status, body.code, body.title, body.detail]),
        verified: verified(),
        statements: statements(),
      });
    }
    t.deepEqual(seen[0], seen[1]);
    t.deepEqual(
      seen[0]?.signIns.map(([, code]) => code),
      ['invalid_credentials', 'invalid_credentials', 'account_pending', 'invalid_credentials'],
    );
    t.is(seen[0]?.registered.status, 'pending');
  });
}

/** Records the shape of each statement that the service sends, and how many passwords it hashes. */
function watchStatements(bank: TestAuth) {
  let shapes: string[] = [];
  bank.deps.db.connections.watch((statement) => {
    // A commit writes one outbox row for each stream, so the number of rows does not change the statements.
    shapes.push(shapeOf(statement).replace(/(\(\?[^)]*\)(, ?)?)+/g, '(…)'));
  });
  return {
    start() {
      shapes = [];
      const before = bank.verifications();
      return { verified: () => bank.verifications() - before, statements: () => shapes };
    },
  };
}
