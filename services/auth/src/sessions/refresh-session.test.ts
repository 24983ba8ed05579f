import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { sweep } from '../sweep.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const refresh = (refresh_token: string) => auth.api.post('/api/auth/refresh', { refresh_token });
const isGood = async (token: string) => (await auth.api.get('/api/auth/profile', { token })).status === 200;

test.serial('a refresh token is exchanged for a new pair', async (t) => {
  const person = await auth.person();
  auth.advance(300);
  const { status, body } = await refresh(person.refreshToken);
  t.is(status, 200);
  t.like(body, { token_type: 'Bearer', expires_in: 600, user: { id: person.id } });
  t.not(body.refresh_token, person.refreshToken);
  t.true(await isGood(body.access_token));
  t.is((await refresh(body.refresh_token)).status, 200);
});

test.serial('two refreshes, concurrent or within ten seconds, get the same pair', async (t) => {
  const person = await auth.person();
  const replies = await Promise.all([1, 2, 3, 4].map(() => refresh(person.refreshToken)));
  auth.advance(9);
  replies.push(await refresh(person.refreshToken));
  for (const { status, body } of replies) {
    t.is(status, 200);
    t.is(body.access_token, replies[0]?.body.access_token);
    t.is(body.refresh_token, replies[0]?.body.refresh_token);
  }
  t.is(replies[4]?.body.expires_in, 591);
});

test.serial(
  'a token reused later counts as theft: the session ends, and its owner can read it in the audit log',
  async (t) => {
    const person = await auth.person();
    const next = await refresh(person.refreshToken);
    auth.advance(10);
    const again = await refresh(person.refreshToken);
    t.is(again.status, 401);
    t.is(again.body.code, 'invalid_refresh_token');
    t.is((await refresh(next.body.refresh_token)).status, 401);
    t.false(await isGood(next.body.access_token));
    const entry = (await auth.logEvents(person.id)).at(-1);
    t.like(entry, { action: 'SESSION_REVOKED', level: 'WARNING', data: { reason: 'refresh_token_reused' } });
    t.is((await auth.revocations()).at(-1)?.session_id, entry?.subject?.id);
  },
);

test.serial('the token pair of a refresh is stored sealed and later deleted', async (t) => {
  const person = await auth.person();
  const { body } = await refresh(person.refreshToken);
  const stored = JSON.stringify(await auth.database.db('refresh_tokens'));
  t.false(stored.includes(body.refresh_token) || stored.includes(person.refreshToken));
  auth.advance(71);
  await sweep(auth.deps);
  t.is((await auth.database.db('refresh_tokens').whereNotNull('successor')).length, 0);
  t.is((await refresh(body.refresh_token)).status, 200);
});

test.serial('a session ends when it is not refreshed or too old', async (t) => {
  const idle = await auth.person();
  auth.advance(30 * 86_400);
  t.is((await refresh(idle.refreshToken)).status, 401);
  let { refreshToken } = await auth.person();
  for (const days of [29, 29, 29]) {
    auth.advance(days * 86_400);
    refreshToken = (await refresh(refreshToken)).body.refresh_token;
  }
  auth.advance(3 * 86_400);
  t.is((await refresh(refreshToken)).status, 401);
});

test.serial('an invalid refresh token is refused', async (t) => {
  for (const nonsense of ['x', 'a'.repeat(43), 'ünï'])
    t.is((await refresh(nonsense)).body.code, 'invalid_refresh_token');
});
