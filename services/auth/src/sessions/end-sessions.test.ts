import test from 'ava';
import { linkToken, openTestAuth, PASSWORD } from '../fixtures.ts';
import { sweep } from '../sweep.ts';
import { endSessionsAsOperator } from './end-sessions-as-operator.ts';

const auth = await openTestAuth({ asPeer: 'accounts' });
test.after.always(() => auth.close());
const status = async (token: string) => (await auth.api.get('/api/auth/profile', { token })).status;

test.serial(
  'signing out takes effect at once, here and through a message to the other services',
  async (t) => {
    const person = await auth.person();
    t.is((await auth.api.post('/api/auth/logout', undefined, { token: person.token })).status, 204);
    t.is(await status(person.token), 401);
    t.is((await auth.api.post('/api/auth/refresh', { refresh_token: person.refreshToken })).status, 401);
    t.is((await auth.api.post('/api/auth/logout', undefined, { token: person.token })).status, 401);

    const [revocation] = (await auth.revocations()).slice(-1);
    const claims = JSON.parse(Buffer.from(person.token.split('.')[1] ?? '', 'base64url').toString());
    t.is(revocation?.session_id, claims.sid);
    t.true(new Date(revocation?.until ?? 0).getTime() >= claims.exp * 1000);
    const listed = await auth.api.get('/internal/revocations');
    t.deepEqual(
      listed.body.items.filter((item: { session_id: string }) => item.session_id === claims.sid),
      [revocation],
    );
    t.is((await auth.logEvents(person.id)).at(-1)?.action, 'LOGOUT');
  },
);

test.serial('signing out of one session leaves the others', async (t) => {
  const person = await auth.person();
  const other = await auth.signIn(person);
  await auth.api.post('/api/auth/logout', undefined, { token: person.token });
  t.is(await status(other.access_token), 200);
});

test.serial('sessions are listed to their owner, newest first, in pages', async (t) => {
  const person = await auth.person();
  await auth.signIn(person);
  const { access_token: token } = await auth.signIn(person);
  const all = (await auth.api.get('/api/auth/sessions', { token })).body;
  t.is(all.items.length, 3);
  t.is(all.next, null);
  t.deepEqual(
    all.items.map(({ current }: { current: boolean }) => current),
    [true, false, false],
  );
  const first = (await auth.api.get('/api/auth/sessions?limit=2', { token })).body;
  const second = (await auth.api.get(`/api/auth/sessions?limit=2&cursor=${first.next}`, { token })).body;
  t.deepEqual([...first.items, ...second.items], all.items);
  t.is(second.next, null);
  t.is((await auth.api.get('/api/auth/sessions?cursor=nonsense', { token })).body.code, 'invalid_request');
});

test.serial('a session is ended by its owner only', async (t) => {
  const person = await auth.person();
  const stranger = await auth.person();
  const other = await auth.signIn(person);
  const { items } = (await auth.api.get('/api/auth/sessions', { token: person.token })).body;
  const path = `/api/auth/sessions/${items.find(({ current }: { current: boolean }) => !current).id}`;
  t.is((await auth.api.delete(path, undefined, { token: stranger.token })).status, 404);
  t.is((await auth.api.delete(path, undefined, { token: person.token })).status, 204);
  t.is(await status(other.access_token), 401);
  t.is(await status(person.token), 200);
  t.is((await auth.api.delete(path, undefined, { token: person.token })).status, 404);
  t.is((await auth.logEvents(person.id)).at(-1)?.action, 'SESSION_REVOKED');
});

test.serial('a user signs out everywhere, of this session too, and keeps their API tokens', async (t) => {
  const person = await auth.person();
  const other = await auth.signIn(person);
  const stranger = await auth.person();
  const wanted = { name: 'ci', scopes: ['profile'], expires_in_days: 30, password: PASSWORD };
  const api = (await auth.api.post('/api/auth/tokens', wanted, { token: person.token })).body.token;
  const before = (await auth.revocations()).length;
  t.is((await auth.api.delete('/api/auth/sessions', undefined, { token: api })).status, 403);
  t.is((await auth.api.delete('/api/auth/sessions', undefined, { token: person.token })).status, 204);
  for (const { token, refresh } of [
    { token: person.token, refresh: person.refreshToken },
    { token: other.access_token, refresh: other.refresh_token },
  ]) {
    t.is(await status(token), 401);
    t.is((await auth.api.post('/api/auth/refresh', { refresh_token: refresh })).status, 401);
  }
  t.is((await auth.revocations()).length - before, 2);
  t.is(await status(stranger.token), 200);
  t.is(await status(api), 200);
  t.like((await auth.logEvents(person.id)).at(-1), {
    action: 'LOGOUT',
    data: { reason: 'everywhere', sessions_ended: 2 },
  });
});

test.serial('a revocation is listed until the last token would have expired, then deleted', async (t) => {
  const person = await auth.person();
  await auth.api.post('/api/auth/logout', undefined, { token: person.token });
  auth.advance(600 + 61);
  t.deepEqual((await auth.api.get('/internal/revocations')).body.items, []);
  await sweep(auth.deps);
  t.deepEqual(await auth.database.db('revocations'), []);
});

test.serial('a token is refused once it has expired', async (t) => {
  const person = await auth.person();
  auth.advance(599);
  t.is(await status(person.token), 200);
  auth.advance(1);
  t.is(await status(person.token), 401);
});

test.serial('old sessions, decoys and attempts are deleted, those in use are kept', async (t) => {
  const { db } = auth.database;
  const person = await auth.person();
  await auth.user({ email: 'swept@example.org' });
  await auth.api.post('/api/auth/register', {
    username: 'ghost',
    email: 'swept@example.org',
    password: PASSWORD,
  });
  await auth.api.post('/api/auth/login', { username: 'nobody', password: 'wrong' });
  auth.advance(181 * 86_400);
  const kept = await auth.signIn(person);
  await sweep(auth.deps);
  t.is((await db('sessions')).length, 1);
  t.is((await db('refresh_tokens')).length, 1);
  t.is((await db('users').where({ username: 'ghost' })).length, 0);
  t.is((await db('failed_attempts')).length, 0);
  t.is((await db('quotas')).length, 0);
  t.is(await status(kept.access_token), 200);
});

test.serial(
  'an operator ends the sessions of one user, or of all, with revocations and audit events',
  async (t) => {
    const [one, other, third] = [await auth.person(), await auth.person('agent'), await auth.person()];
    const before = (await auth.revocations()).length;
    const address = { email: 'thief@example.org', current_password: PASSWORD };
    t.is((await auth.api.patch('/api/auth/profile', address, { token: one.token })).status, 200);
    const link = linkToken((await auth.mails(address.email)).at(-1));
    t.deepEqual(await endSessionsAsOperator(auth.deps, { userId: one.id }), {
      users: 1,
      sessions: 1,
    });
    t.deepEqual([await status(one.token), await status(other.token)], [401, 200]);
    const refreshed = await auth.api.post('/api/auth/refresh', { refresh_token: one.refreshToken });
    t.is(refreshed.body.code, 'invalid_refresh_token');
    t.like((await auth.logEvents(one.id)).at(-1), {
      action: 'ADMIN_COMMAND',
      level: 'WARNING',
      actor: null,
      subject: { type: 'user', id: one.id },
      data: { command: 'sessions end', sessions_ended: 1 },
    });

    const confirmed = await auth.api.post('/api/auth/profile/confirm-email', { token: link });
    t.is(confirmed.body.code, 'invalid_link');

    const { users } = await endSessionsAsOperator(auth.deps, 'all');
    t.true(users >= 2);
    t.deepEqual([await status(other.token), await status(third.token)], [401, 401]);
    t.true((await auth.revocations()).length >= before + 3);
    t.deepEqual(await endSessionsAsOperator(auth.deps, 'all'), { users: 0, sessions: 0 });
  },
);

test.serial(
  'a pending change of the email address is cancelled even if the session that requested it has ended',
  async (t) => {
    const person = await auth.person();
    const address = { email: 'thief-again@example.org', current_password: PASSWORD };
    await auth.api.patch('/api/auth/profile', address, { token: person.token });
    const link = linkToken((await auth.mails(address.email)).at(-1));
    await auth.api.post('/api/auth/logout', undefined, { token: person.token });
    await endSessionsAsOperator(auth.deps, { userId: person.id });
    const confirmed = await auth.api.post('/api/auth/profile/confirm-email', { token: link });
    t.is(confirmed.body.code, 'invalid_link');
  },
);

test.serial('concurrent sweeps of replicas all succeed', async (t) => {
  const { db } = auth.database;
  const people = await Promise.all(Array.from({ length: 5 }, () => auth.person()));
  for (let round = 0; round < 6; round += 1) {
    await Promise.all(people.map((person) => auth.signIn(person)));
    auth.advance(181 * 86_400);
    await Promise.all(Array.from({ length: 6 }, () => sweep(auth.deps)));
    t.is((await db('sessions')).length, 0);
  }
});
