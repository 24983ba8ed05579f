import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@guichet/database';
import { type Broker, connectBroker, revocationMessage } from '@guichet/events';
import { type Peer, PeerUnreachableError } from '@guichet/http';
import { silentLog } from '@guichet/log';
import { eventually, freePort, startTestNats, testBroker } from '@guichet/testing';
import { issueAccessToken, keyThumbprint, publicJwk, scopesOf } from '@guichet/tokens';
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

/** auth as a peer: its keys, its list of ended sessions, and whether it is away. */
function fakeAuth() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const auth = { away: false, asked: 0, ended: [] as string[] };
  const peer: Peer = {
    origin: 'https://auth',
    dispatcher: undefined as never,
    close: async () => undefined,
    async request({ path }) {
      if (path === '/internal/revocations') auth.asked += 1;
      if (auth.away) throw new PeerUnreachableError('auth did not answer');
      if (path === '/.well-known/jwks.json') return { status: 200, body: { keys: [publicJwk(publicKey)] } };
      return {
        status: 200,
        body: { items: auth.ended.map((session_id) => ({ session_id, until: soon() })) },
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
  return Object.assign(auth, { peer, issue });
}

function identityOf(t: ExecutionContext, auth: Peer, over: Broker = broker) {
  const identity = connectIdentity({ auth, broker: over, clock, log: silentLog });
  t.teardown(() => identity.stop());
  const refuses = (token: string) =>
    identity.verify(token).then(
      () => false,
      (error: { code?: string }) => error.code === 'unauthenticated',
    );
  return { ...identity, refuses };
}

async function publish(sessionId: string, payload: string | null = null): Promise<void> {
  const { id, subject, payload: event } = revocationMessage({ session_id: sessionId, until: soon() });
  await broker.publish({ id, subject, payload: Buffer.from(payload ?? JSON.stringify(event)) });
}

test.serial('a token that auth signed is good here', async (t) => {
  const auth = fakeAuth();
  const { verify } = identityOf(t, auth.peer);
  t.is((await verify(auth.issue())).username, 'ann');
  await t.throwsAsync(verify(fakeAuth().issue()), { code: 'unauthenticated' });
});

test.serial('a session that ends is refused within a second, everywhere', async (t) => {
  const auth = fakeAuth();
  const replicas = [identityOf(t, auth.peer), identityOf(t, auth.peer)];
  const session = newId();
  const [token, other] = [auth.issue(session), auth.issue()];
  for (const { verify } of replicas) await verify(token);
  await sleep(300);
  const began = performance.now();
  await publish(session);
  await eventually(async () =>
    (await Promise.all(replicas.map(({ refuses }) => refuses(token)))).every(Boolean),
  );
  t.true(performance.now() - began < 1_000, `${performance.now() - began} ms`);
  t.false(await (replicas[0] as (typeof replicas)[0]).refuses(other));
});

test.serial(
  'a process that starts later knows what ended before: from the stream, and from auth',
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
  'auth away: known keys go on, a first key is asked for later, and its list is read when it is back',
  async (t) => {
    const auth = fakeAuth();
    auth.away = true;
    const { verify, refuses } = identityOf(t, auth.peer);
    const token = auth.issue();
    await t.throwsAsync(verify(token), { code: 'unavailable' });
    const listed = newId();
    auth.ended.push(listed);
    auth.away = false;
    await eventually(() => verify(token));
    await eventually(() => refuses(auth.issue(listed)));
    auth.away = true;
    t.is((await verify(auth.issue())).username, 'ann');
  },
);

test.serial('a revocation that cannot be read keeps none behind it from being known', async (t) => {
  const auth = fakeAuth();
  const { refuses } = identityOf(t, auth.peer);
  await publish(newId(), 'no json');
  const session = newId();
  await publish(session);
  t.truthy(await eventually(() => refuses(auth.issue(session))));
});

test.serial('NATS away: what ends is learnt from auth, within seconds', async (t) => {
  const auth = fakeAuth();
  const settings = { ...nats.settings, NATS_SERVERS: [`127.0.0.1:${await freePort()}`] };
  const unreachable = connectBroker({ name: 'cut-off', settings, streams: ['REVOCATIONS'], log: silentLog });
  t.teardown(() => unreachable.close());
  const { refuses, verify } = identityOf(t, auth.peer, unreachable);
  const session = newId();
  const token = auth.issue(session);
  await verify(token);
  auth.ended.push(session);
  t.truthy(await eventually(() => refuses(token), 4_000));
});

test.serial('once all is well, auth is asked no more', async (t) => {
  const auth = fakeAuth();
  identityOf(t, auth.peer);
  await eventually(() => auth.asked > 0);
  await sleep(1_500);
  t.is(auth.asked, 1);
});
