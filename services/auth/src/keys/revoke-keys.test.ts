import test from 'ava';
import { openTestAuth, ROTATION } from '../fixtures.ts';
import { createKeyring } from './keyring.ts';
import { revokeKeys } from './revoke-keys.ts';
import { rotateAtOnce } from './rotate-at-once.ts';
import { rotateKeys } from './rotate-keys.ts';

async function openAuthWithPerson() {
  const auth = await openTestAuth();
  const person = await auth.person();
  const status = async (token: string) =>
    (await auth.api.get('/api/auth/users/validate-token', { token })).status;
  const served = async (): Promise<string[]> =>
    (await auth.api.get('/.well-known/jwks.json')).body.keys.map(({ kid }: { kid: string }) => kid);
  return { auth, person, status, served };
}

test('after the signing key is revoked, the published key signs, and a new one is published', async (t) => {
  const { auth, person, status, served } = await openAuthWithPerson();
  t.teardown(() => auth.close());
  const { kid } = auth.deps.keyring.signingKey();
  const [next = ''] = (await served()).filter((one) => one !== kid);
  t.is(await status(person.token), 200);
  t.deepEqual(await revokeKeys(auth.deps, ROTATION, [kid]), [kid]);
  await auth.deps.keyring.reload();

  t.is(await status(person.token), 401, 'also a token that was verified before');
  t.is(auth.deps.keyring.signingKey().kid, next);
  const refreshed = await auth.api.post('/api/auth/refresh', { refresh_token: person.refreshToken });
  t.is(refreshed.status, 200, 'the session goes on');
  t.is(await status(refreshed.body.access_token), 200);
  t.false((await served()).includes(kid));
  t.is((await served()).length, 2);
  const row = await auth.database.db('signing_keys').where({ kid }).first();
  t.like(row, { state: 'revoked', private_sealed: null });
});

test('the other services learn of a revoked key by an event and by the list, for ever', async (t) => {
  const { auth } = await openAuthWithPerson();
  t.teardown(() => auth.close());
  const { kid } = auth.deps.keyring.signingKey();
  await revokeKeys(auth.deps, ROTATION, [kid]);
  t.deepEqual(await auth.revocations(), [{ kid }] as never);
  t.like((await auth.logEvents()).at(-1), {
    action: 'ADMIN_COMMAND',
    level: 'WARNING',
    actor: null,
    subject: null,
    data: { command: 'keys revoke', kid },
  });
  auth.advance(400 * 86_400);
  await rotateKeys(auth.deps, ROTATION);
  const peer = await openTestAuth({ asPeer: 'accounts' });
  t.teardown(() => peer.close());
  const signing = peer.deps.keyring.signingKey().kid;
  await revokeKeys(peer.deps, ROTATION, [signing]);
  peer.advance(400 * 86_400);
  t.deepEqual((await peer.api.get('/internal/revocations')).body, { items: [], key_ids: [signing] });
});

test('a revocation that is repeated changes nothing', async (t) => {
  const { auth } = await openAuthWithPerson();
  t.teardown(() => auth.close());
  const { kid } = auth.deps.keyring.signingKey();
  await revokeKeys(auth.deps, ROTATION, [kid, kid]);
  const events = (await auth.logEvents()).length;
  t.deepEqual(await revokeKeys(auth.deps, ROTATION, [kid]), []);
  t.is((await auth.logEvents()).length, events);
  t.is((await auth.revocations()).length, 1);
});

test('all keys can be revoked together: a new one signs at once, also in replicas that have not read it', async (t) => {
  const { auth, person, status } = await openAuthWithPerson();
  t.teardown(() => auth.close());
  const other = createKeyring(auth.deps.db, auth.deps.vault);
  await other.reload();
  const kids = (await auth.database.db('signing_keys')).map(({ kid }) => kid);
  await revokeKeys(auth.deps, ROTATION, kids);
  await auth.deps.keyring.reload();
  const { kid } = auth.deps.keyring.signingKey();
  t.false(kids.includes(kid));
  t.truthy(await other.get(kid));
  t.true(kids.every((revoked) => other.isRevoked(revoked)));
  t.is(await status((await auth.signIn(person)).access_token), 200);
});

test('a key that was removed after its time can be revoked, and an unknown id is an error that changes nothing', async (t) => {
  const { auth } = await openAuthWithPerson();
  t.teardown(() => auth.close());
  const { kid } = auth.deps.keyring.signingKey();
  auth.advance(2 * 3_600);
  await rotateAtOnce(auth.deps, ROTATION);
  auth.advance(2 * 3_600);
  await rotateKeys(auth.deps, ROTATION);
  t.is((await auth.database.db('signing_keys').where({ kid }).first()).state, 'removed');
  await t.throwsAsync(revokeKeys(auth.deps, ROTATION, [kid, 'no-such-key']), { message: /no-such-key/ });
  t.is((await auth.database.db('signing_keys').where({ kid }).first()).state, 'removed');
  t.deepEqual(await revokeKeys(auth.deps, ROTATION, [kid]), [kid]);
});

test('an operator rotates before the time, once the next key was published for long enough', async (t) => {
  const { auth, person, status } = await openAuthWithPerson();
  t.teardown(() => auth.close());
  await t.throwsAsync(rotateAtOnce(auth.deps, ROTATION), { message: /can sign from 20\d\d-/ });
  auth.advance(ROTATION.aheadMs / 1000);
  const before = (await auth.signIn(person)).access_token;
  const kid = await rotateAtOnce(auth.deps, ROTATION);
  await auth.deps.keyring.reload();
  t.is(auth.deps.keyring.signingKey().kid, kid);
  t.is(await status(before), 200);
  t.like((await auth.logEvents()).at(-1), {
    action: 'ADMIN_COMMAND',
    data: { command: 'keys rotate', kid },
  });
  await t.throwsAsync(rotateAtOnce(auth.deps, ROTATION));
});
