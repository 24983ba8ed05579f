import { createVault } from '@guichet/vault';
import test from 'ava';
import { openTestAuth, ROTATION } from '../fixtures.ts';
import { createKeyring } from './keyring.ts';
import { rotateKeys } from './rotate-keys.ts';

const DAY_SECONDS = 86_400;

test('a key is published, signs, verifies and is removed, and no token is refused meanwhile', async (t) => {
  const auth = await openTestAuth();
  const served = async () =>
    (await auth.api.get('/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);
  const isGood = async (token: string) =>
    (await auth.api.get('/api/auth/users/validate-token', { token })).status === 200;
  const { kid: first } = auth.deps.keyring.signingKey();
  const [second] = (await served()).filter((kid: string) => kid !== first);
  const person = await auth.person();

  auth.advance(30 * DAY_SECONDS - 3_600);
  t.deepEqual(await rotateKeys(auth.deps, ROTATION), []);
  auth.advance(3_600);
  const early = (await auth.signIn(person)).access_token;
  t.deepEqual(await rotateKeys(auth.deps, ROTATION), [
    { do: 'promote', kid: second },
    { do: 'retire', kid: first },
    { do: 'create', as: 'published' },
  ]);
  t.like((await auth.logEvents()).at(-1), {
    action: 'SIGNING_KEY_ROTATED',
    actor: null,
    data: { kid: second },
  });
  t.is(auth.deps.keyring.signingKey().kid, second);
  t.is((await served()).length, 3);
  t.true(await isGood(early));
  t.true(await isGood((await auth.signIn(person)).access_token));
  const retired = await auth.database.db('signing_keys').where({ kid: first }).first();
  t.like(retired, { state: 'verify_only', private_sealed: null });

  // The last token that it signed lives for ten minutes; then the key is removed.
  t.true((await served()).includes(first));
  auth.advance(2 * 3_600);
  await rotateKeys(auth.deps, ROTATION);
  t.false((await served()).includes(first));
  await auth.close();
});

test('when replicas rotate at the same time, only one does the rotation', async (t) => {
  const auth = await openTestAuth();
  const replicas = [1, 2, 3, 4].map(() => ({
    ...auth.deps,
    keyring: createKeyring(auth.deps.db, auth.deps.vault),
  }));
  auth.advance(30 * DAY_SECONDS);
  const done = await Promise.all(replicas.map((replica) => rotateKeys(replica, ROTATION)));
  t.is(done.flat().length, 3);
  t.is((await auth.database.db('signing_keys')).length, 3);
  await auth.close();
});

test('a replica verifies a token that another replica signed, even with a key that was never published before', async (t) => {
  const auth = await openTestAuth();
  const other = createKeyring(auth.deps.db, auth.deps.vault);
  await other.reload();
  await auth.database.db('signing_keys').delete();
  await rotateKeys(auth.deps, ROTATION);
  t.truthy(await other.get(auth.deps.keyring.signingKey().kid));
  t.is(await other.get('no-such-key'), null);
  await auth.close();
});

test('with a different encryption key the service reports an error and does not sign', async (t) => {
  const auth = await openTestAuth();
  const keyring = createKeyring(auth.deps.db, createVault([Buffer.alloc(32, 8)]));
  await t.throwsAsync(keyring.reload(), { message: /another KEY_ENCRYPTION_KEY/ });
  t.throws(() => keyring.signingKey());
  await auth.close();
});

test('a client that has the current JWKS gets no body, until the keys change', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const path = '/.well-known/jwks.json';
  const { headers } = await auth.api.get(path);
  const conditional = { headers: { 'if-none-match': String(headers.etag) } };
  const unchanged = await auth.api.get(path, conditional);
  t.deepEqual([unchanged.status, unchanged.text], [304, '']);
  t.like(unchanged.headers, { etag: headers.etag, 'cache-control': 'public, max-age=60' });
  auth.advance(30 * DAY_SECONDS);
  await rotateKeys(auth.deps, ROTATION);
  const changed = await auth.api.get(path, conditional);
  t.is(changed.status, 200);
  t.not(changed.headers.etag, headers.etag);
});

test('the JWKS contains only public keys and may be cached for a minute', async (t) => {
  const auth = await openTestAuth();
  const { body, headers } = await auth.api.get('/.well-known/jwks.json');
  t.is(headers['cache-control'], 'public, max-age=60');
  t.deepEqual(Object.keys(body.keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  const stored = await auth.database.db('signing_keys').first();
  t.false(stored.private_sealed.includes(body.keys[0].x));
  await auth.close();
});
