import { createHash, generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { scopesOf } from '@guichet/contract';
import { newId } from '@guichet/database';
import { type Broker, connectBroker, keyRevocationMessage, revocationMessage } from '@guichet/events';
import { type Peer, PeerUnreachableError } from '@guichet/http';
import { silentLog } from '@guichet/log';
import { eventually, freePort, startTestNats, testBroker } from '@guichet/testing';
import { issueAccessToken, keyThumbprint, newApiToken, publicJwk } from '@guichet/tokens';
import test, { type ExecutionContext } from 'ava';
import { connectIdentity } from './index.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['REVOCATIONS']);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

const clock = () => new Date();
const soon = () => new Date(Date.now() + 600_000).toISOString();

/** A fake auth: its keys, its list of ended sessions, and whether it is down. */
function fakeAuth() {
  const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let { privateKey, publicKey } = newKey();
  const auth = {
    isDown: false,
    hidesRevocations: false,
    requests: 0,
    introspected: 0,
    ended: [] as string[],
    revokedKeys: [] as string[],
    apiToken: newApiToken(),
    apiTokenId: newId(),
  };
  const apiTokenHash = createHash('sha256').update(auth.apiToken).digest('hex');
  const peer: Peer = {
    origin: 'https://auth',
    dispatcher: undefined as never,
    close: async () => undefined,
    async request({ path, body }) {
      if (path === '/internal/revocations') auth.requests += 1;
      if (auth.isDown) throw new PeerUnreachableError('auth did not answer');
      if (path === '/.well-known/jwks.json') return { status: 200, body: { keys: [publicJwk(publicKey)] } };
      if (path === '/internal/tokens/introspect') {
        auth.introspected += 1;
        const isKnown = (body as { token_hash: string }).token_hash === apiTokenHash;
        return { status: 200, body: { caller: isKnown ? introspection(auth.apiTokenId) : null } };
      }
      if (auth.hidesRevocations) return { status: 503, body: null };
      return {
        status: 200,
        body: {
          items: auth.ended.map((session_id) => ({ session_id, until: soon() })),
          key_ids: auth.revokedKeys,
        },
      };
    },
  };
  const issue = (sessionId = newId()) =>
    issueAccessToken(
      { kid: keyThumbprint(publicKey), privateKey },
      {
        userId: newId(),
        username: 'ann',
        role: 'member',
        scopes: scopesOf('member'),
        sessionId,
        kind: 'session',
      },
      { ttlSeconds: 600, now: clock() },
    );
  /** Replaces the key that signs. Returns the id of the old one. */
  const replaceKey = () => {
    const kid = keyThumbprint(publicKey);
    ({ privateKey, publicKey } = newKey());
    return { kid };
  };
  return Object.assign(auth, { peer, issue, replaceKey });
}

const introspection = (tokenId: string) => ({
  token_id: tokenId,
  user_id: newId(),
  username: 'bot',
  role: 'agent',
  scopes: ['users:manage'],
  expires_at: soon(),
});

function identityOf(t: ExecutionContext, auth: Peer, over: Broker = broker) {
  const identity = connectIdentity({ auth, broker: over, clock, log: silentLog });
  t.teardown(() => identity.stop());
  const refuses = (token: string) =>
    identity.verify(token).then(
      () => false,
      (error: { code?: string }) => error.code === 'unauthenticated',
    );
  const loaded = () => eventually(() => identity.missing().length === 0);
  return { ...identity, refuses, loaded };
}

async function publish(sessionId: string, payload: string | null = null): Promise<void> {
  const { id, subject, payload: event } = revocationMessage({ session_id: sessionId, until: soon() });
  await broker.publish({ id, subject, payload: Buffer.from(payload ?? JSON.stringify(event)) });
}

test.serial('a token signed by auth is accepted', async (t) => {
  const auth = fakeAuth();
  const { verify, loaded } = identityOf(t, auth.peer);
  await loaded();
  t.is((await verify(auth.issue())).username, 'ann');
  await t.throwsAsync(verify(fakeAuth().issue()), { code: 'unauthenticated' });
});

test.serial('an ended session is refused in every process', async (t) => {
  const auth = fakeAuth();
  const replicas = [identityOf(t, auth.peer), identityOf(t, auth.peer)];
  const session = newId();
  const [token, other] = [auth.issue(session), auth.issue()];
  for (const { verify, loaded } of replicas) {
    await loaded();
    await verify(token);
  }
  await sleep(300);
  await publish(session);
  await eventually(async () =>
    (await Promise.all(replicas.map(({ refuses }) => refuses(token)))).every(Boolean),
  );
  t.false(await (replicas[0] as (typeof replicas)[0]).refuses(other));
});

test.serial(
  'a process that starts later knows earlier revocations, from the stream and from auth',
  async (t) => {
    const auth = fakeAuth();
    const [published, listed] = [newId(), newId()];
    await publish(published);
    auth.ended.push(listed);
    const { refuses, verify } = identityOf(t, auth.peer);
    await eventually(
      async () => (await refuses(auth.issue(published))) && (await refuses(auth.issue(listed))),
    );
    t.is((await verify(auth.issue())).role, 'member');
  },
);

test.serial(
  'while auth is down cached keys stay usable, and new keys and revocations are fetched when it is back',
  async (t) => {
    const auth = fakeAuth();
    auth.isDown = true;
    const { verify, refuses } = identityOf(t, auth.peer);
    const token = auth.issue();
    await t.throwsAsync(verify(token), { code: 'unavailable' });
    const listed = newId();
    auth.ended.push(listed);
    auth.isDown = false;
    await eventually(() => verify(token));
    await eventually(() => refuses(auth.issue(listed)));
    auth.isDown = true;
    t.is((await verify(auth.issue())).username, 'ann');
  },
);

for (const channel of ['over NATS', 'in the list that auth serves'] as const) {
  test.serial(
    `a key that was revoked ${channel} is refused in every process, cached tokens included, also once auth is down`,
    async (t) => {
      const auth = fakeAuth();
      const replicas = [identityOf(t, auth.peer), identityOf(t, auth.peer)];
      const [cached, unseen] = [auth.issue(), auth.issue()];
      for (const { verify, loaded } of replicas) {
        await loaded();
        t.is((await verify(cached)).username, 'ann');
      }
      const { kid } = auth.replaceKey();
      const later = auth.issue();
      if (channel === 'over NATS') {
        // As if auth crashed right after its relay had published the event.
        auth.isDown = true;
        const { id, subject, payload } = keyRevocationMessage({ kid });
        await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
      } else {
        auth.revokedKeys.push(kid);
      }
      await eventually(async () =>
        (await Promise.all(replicas.map(({ refuses }) => refuses(cached)))).every(Boolean),
      );
      auth.isDown = true;
      for (const { refuses } of replicas)
        t.deepEqual([await refuses(cached), await refuses(unseen)], [true, true]);
      auth.isDown = false;
      for (const { verify, refuses } of replicas) {
        t.is((await eventually(() => verify(later))).username, 'ann');
        t.true(await refuses(cached));
      }
    },
  );
}

test.serial('the event of a revoked key is only read under the subject of that key', async (t) => {
  const auth = fakeAuth();
  const { verify, refuses, loaded } = identityOf(t, auth.peer);
  await loaded();
  const session = newId();
  const [token, marker] = [auth.issue(), auth.issue(session)];
  await verify(token);
  const { kid } = auth.replaceKey();
  const { id, payload } = keyRevocationMessage({ kid });
  const subject = `revocations.key.${'x'.repeat(43)}`;
  await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
  await publish(session);
  await eventually(() => refuses(marker));
  t.is((await verify(token)).username, 'ann');
});

test.serial('a revocation that cannot be read does not block later ones', async (t) => {
  const auth = fakeAuth();
  const { refuses } = identityOf(t, auth.peer);
  await publish(newId(), 'no json');
  const session = newId();
  await publish(session);
  t.truthy(await eventually(() => refuses(auth.issue(session))));
});

test.serial('while NATS is down revocations are read from auth within seconds', async (t) => {
  const auth = fakeAuth();
  const settings = { ...nats.settings, NATS_SERVERS: [`127.0.0.1:${await freePort()}`] };
  const unreachable = connectBroker({ name: 'cut-off', settings, streams: ['REVOCATIONS'], log: silentLog });
  t.teardown(() => unreachable.close());
  const { refuses, verify, loaded } = identityOf(t, auth.peer, unreachable);
  await loaded();
  const session = newId();
  const token = auth.issue(session);
  await verify(token);
  auth.ended.push(session);
  t.truthy(await eventually(() => refuses(token)));
});

test.serial('over a silent NATS connection, revocations are read from auth within seconds', async (t) => {
  const auth = fakeAuth();
  const { refuses, verify, unconfirmedSeconds } = identityOf(t, auth.peer);
  const session = newId();
  const token = auth.issue(session);
  await eventually(() => verify(token));
  t.true(broker.ready());
  auth.ended.push(session);
  t.truthy(await eventually(() => refuses(token)));
  t.true(unconfirmedSeconds() < 4);
});

test.serial('no token is accepted before the ended sessions were read once', async (t) => {
  const auth = fakeAuth();
  auth.hidesRevocations = true;
  const { verify, missing } = identityOf(t, auth.peer);
  await eventually(() => auth.requests > 1);
  t.deepEqual(missing(), ['revocations']);
  await t.throwsAsync(verify(auth.issue()), { code: 'unavailable' });
  await t.throwsAsync(verify(auth.apiToken), { code: 'unavailable' });
  auth.hidesRevocations = false;
  t.truthy(await eventually(() => missing().length === 0));
  t.is((await verify(auth.issue())).username, 'ann');
});

test.serial('an API token has the scopes that auth returns, and is refused once it is revoked', async (t) => {
  const auth = fakeAuth();
  const { verify, refuses } = identityOf(t, auth.peer);
  const caller = await eventually(() => verify(auth.apiToken));
  t.like(caller, { kind: 'api', role: 'agent', scopes: ['users:manage'], sessionId: auth.apiTokenId });
  await verify(auth.apiToken);
  t.is(auth.introspected, 1);
  t.true(await refuses(newApiToken()));
  t.is(auth.introspected, 2);
  t.true(
    await refuses(auth.apiToken.slice(0, -1) + (auth.apiToken.endsWith('0') ? '1' : '0')),
    'a wrong checksum is refused without a request',
  );
  t.is(auth.introspected, 2);
  auth.isDown = true;
  t.is((await verify(auth.apiToken)).kind, 'api');
  await t.throwsAsync(verify(newApiToken()), { code: 'unavailable' });
  await publish(auth.apiTokenId);
  t.truthy(await eventually(() => refuses(auth.apiToken)));
});
