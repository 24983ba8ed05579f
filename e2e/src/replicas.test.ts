import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPeer, type Peer } from '@guichet/http';
import { eventually } from '@guichet/testing';
import { type Replica, type RunningBank, startBank } from '@guichet/tools';
import test from 'ava';
import { Authenticator } from './authenticator.ts';
import { Person } from './person.ts';

// Two processes of auth on one database and NATS. Requests go to each by its own port, as the frontend sends them.

const KILLS = 6;
const PASSWORD = 'Seven green bottles';

interface AuthReplica {
  name: string;
  adminUrl: string;
  peer: Peer;
}
// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
type Reply = { status: number; body: any };

let bank: RunningBank;
let added: Replica;
let first: AuthReplica;
let second: AuthReplica;
let agent: Person;
let people = 0;

const peerAt = (port: number | string): Peer =>
  openPeer('auth', `https://127.0.0.1:${port}`, { TLS_DIRECTORY: join(bank.folder, 'tls', 'frontend') });

test.before(async () => {
  bank = await startBank();
  first = {
    name: 'auth',
    adminUrl: bank.adminUrl('auth'),
    peer: peerAt(bank.environmentOf('auth').PORT ?? ''),
  };
  added = await bank.addReplica('auth');
  second = {
    name: added.name,
    adminUrl: `http://127.0.0.1:${added.adminPort}`,
    peer: peerAt(added.port),
  };
  const { superuser } = bank.logins;
  const root = new Person(bank.url, superuser.username, superuser.password);
  await root.logIn();
  agent = new Person(bank.url, 'agent', 'Counter and window 1');
  const { username, password } = agent;
  await root.post('/api/auth/agents', { username, email: 'agent@guichet.example', password });
  await agent.logIn();
});
test.after.always(async () => {
  await Promise.all([first?.peer.close(), second?.peer.close()]);
  await bank?.stop();
});

/** One request to one replica. @throws PeerUnreachableError without an answer */
function send(to: AuthReplica, path: string, body?: object, token?: string): Promise<Reply> {
  return to.peer.request({
    method: body === undefined ? 'GET' : 'POST',
    path: `/api/auth${path}`,
    ...(body === undefined ? {} : { body }),
    headers: {
      // A network of its own for each request, so that only the budgets of users and devices count.
      'x-forwarded-for': `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  }) as Promise<Reply>;
}

let lost = 0;
/** Repeats a request, with the two replicas in turns, until one answers, as a careful client does. */
async function untilAnswered(path: string, body?: object, token?: string): Promise<Reply> {
  let turn = randomInt(2);
  return eventually(async () => {
    turn += 1;
    const reply = await send(turn % 2 === 0 ? first : second, path, body, token).catch(() => null);
    if (reply !== null && reply.status < 500) return reply;
    lost += 1;
    return null;
  }, 60_000);
}

const logIn = (username: string, more: object = {}) =>
  untilAnswered('/login', { username, password: PASSWORD, ...more });

async function member(): Promise<string> {
  people += 1;
  const username = `member-${people}`;
  const registered = await untilAnswered('/register', {
    username,
    email: `${username}@example.org`,
    password: PASSWORD,
  });
  await agent.post(`/api/auth/users/${registered.body.id}/activate`);
  return username;
}

/** A member with an authenticator app and recovery codes. */
async function memberWithCodes() {
  const username = await member();
  const { access_token: token } = (await logIn(username)).body;
  const { secret } = (await untilAnswered('/totp', { password: PASSWORD }, token)).body;
  const app = new Authenticator(secret);
  const confirmed = await untilAnswered('/totp/confirm', { code: await app.nextCode() }, token);
  return { username, token, app, codes: confirmed.body.recovery_codes as string[] };
}

const isReady = async ({ adminUrl }: AuthReplica) =>
  (await fetch(`${adminUrl}/readyz`).catch(() => null))?.ok === true;

test.serial(
  'another process of a service has its own ports and the same keys, and is restarted when it dies',
  async (t) => {
    t.is(added.name, 'auth-2');
    t.not(String(added.port), bank.environmentOf('auth').PORT);
    t.not(bank.pid('auth-2'), undefined);
    t.not(bank.pid('auth-2'), bank.pid('auth'));
    const jwks = async ({ peer }: AuthReplica) =>
      (await peer.request({ method: 'GET', path: '/.well-known/jwks.json' })).body;
    t.deepEqual(await jwks(second), await jwks(first));
    const { body } = await send(first, '/login', { username: await member(), password: PASSWORD });
    t.is((await send(second, '/profile', undefined, body.access_token)).status, 200);
    const pid = bank.pid('auth-2');
    bank.kill('auth-2');
    await eventually(async () => bank.pid('auth-2') !== pid && (await isReady(second)), 30_000);
    t.is((await send(second, '/refresh', { refresh_token: body.refresh_token })).status, 200);
  },
);

test.serial(
  'if either replica is killed at any moment, no session is lost, no code or ticket is used twice, and no lock is reset',
  async (t) => {
    t.timeout(480_000);
    let working = true;
    let began = performance.now();
    const done = { refreshed: 0, signedIn: 0 };

    const keepRefreshing = async (username: string) => {
      let { refresh_token } = (await logIn(username)).body;
      while (working) {
        const { status, body } = await untilAnswered('/refresh', { refresh_token });
        t.is(status, 200, JSON.stringify(body));
        const { access_token } = body;
        t.is((await untilAnswered('/profile', undefined, access_token)).status, 200);
        refresh_token = body.refresh_token;
        done.refreshed += 1;
      }
    };
    const keepSigningIn = async (username: string) => {
      while (working) {
        const { status, body } = await logIn(username);
        t.is(status, 200, JSON.stringify(body));
        const token = body.access_token;
        const left = await untilAnswered('/logout', {}, token);
        t.true([204, 401].includes(left.status), 'a sign-out whose answer was lost has ended the session');
        for (const each of [first, second]) {
          const profile = await send(each, '/profile', undefined, token).catch(() => null);
          if (profile !== null && profile.status < 500) t.is(profile.status, 401);
        }
        const { refresh_token } = body;
        t.is((await untilAnswered('/refresh', { refresh_token })).status, 401);
        done.signedIn += 1;
      }
    };
    /** Sends each code, or two codes for one ticket, to both replicas at once. */
    const useCodesTwice = async ({
      username,
      token,
      app,
      codes,
    }: Awaited<ReturnType<typeof memberWithCodes>>) => {
      const [a, b, c, d, e, f] = codes;
      let accepted = 0;
      const twice = async (path: string, one: object, other: object) => {
        const replies = await Promise.all(
          [one, other].map((body, at) => send(at === 0 ? first : second, path, body).catch(() => null)),
        );
        const good = replies.filter((reply) => reply?.status === 200).length;
        t.true(good <= 1, `${path} accepted ${JSON.stringify(one)} twice`);
        // A client that got no answer sends it again.
        for (const [at, reply] of replies.entries()) {
          if (reply !== null && reply.status < 500) continue;
          const { status } = await untilAnswered(path, at === 0 ? one : other);
          t.true(status !== 200 || good === 0, `${path} accepted ${JSON.stringify(one)} again`);
        }
        accepted += 1;
      };
      const known = { username, password: PASSWORD };
      for (const totp of [await app.nextCode(), a, b, c])
        await twice('/login', { ...known, totp }, { ...known, totp });
      for (const [one, other] of [
        [d, e],
        [e, f],
      ]) {
        const { sign_in } = (await logIn(username)).body;
        if (sign_in === undefined) continue;
        await twice('/login/second-factor', { sign_in, totp: one }, { sign_in, totp: other });
      }
      const sessions = await untilAnswered('/sessions?limit=200', undefined, token);
      t.is(sessions.status, 200);
      t.true(
        sessions.body.items.length <= 1 + accepted,
        `${sessions.body.items.length} sessions from ${accepted} codes`,
      );
    };
    const guess = async (username: string) => {
      const { body } = await logIn(username);
      let device: string | null = body.device_token;
      let answered = 0;
      // The user was locked no earlier than this.
      let lockedAt = Number.POSITIVE_INFINITY;
      let roundBefore = performance.now();
      while (working) {
        const round = performance.now();
        const wrong = await Promise.all([1, 2].map(() => logIn(username, { password: 'a wrong password' })));
        answered += wrong.filter(({ status }) => status === 401).length;
        if (wrong.some(({ status }) => status === 429)) lockedAt = Math.min(lockedAt, roundBefore);
        roundBefore = round;
        if (lockedAt < performance.now()) {
          const stranger = await logIn(username);
          if (performance.now() - lockedAt < 30_000)
            t.is(stranger.status, 429, `a lock of 30 s was gone after ${performance.now() - lockedAt} ms`);
        }
        if (device === null || lockedAt > performance.now()) continue;
        const lostBefore = lost;
        const owner = await logIn(username, { device_token: device });
        // A device whose sign-in got no answer has lost its token, and is locked out as any other.
        if (lost === lostBefore) t.is(owner.status, 200, JSON.stringify(owner.body));
        device = owner.status === 200 ? owner.body.device_token : null;
      }
      const elapsed = performance.now() - began;
      // The locks of 30 and 60 seconds may have passed on a slow machine.
      t.true(answered <= 5 + (elapsed > 30_000 ? 1 : 0) + (elapsed > 90_000 ? 1 : 0), `${answered} guesses`);
      t.true(lockedAt < Number.POSITIVE_INFINITY);
    };
    // Before the first kill, because a registration can't be repeated.
    const usernames: string[] = [];
    for (let count = 0; count < 6; count += 1) usernames.push(await member());
    const withCodes = [await memberWithCodes(), await memberWithCodes()];
    const [one = '', two = '', three = '', four = '', five = '', six = ''] = usernames;
    began = performance.now();
    lost = 0;
    const clients = [
      ...[one, two, three].map(keepRefreshing),
      ...[four, five].map(keepSigningIn),
      ...withCodes.map(useCodesTwice),
      guess(six),
    ];
    const stopped = Promise.allSettled(clients);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(300 + randomInt(900));
      const victim = kill % 2 === 0 ? first : second;
      const pid = bank.pid(victim.name);
      bank.kill(victim.name);
      await eventually(async () => bank.pid(victim.name) !== pid && (await isReady(victim)), 30_000);
    }
    working = false;
    await stopped;
    await Promise.all(clients);
    t.log(`${done.refreshed} refreshes, ${done.signedIn} sign-ins, ${lost} requests without an answer`);
    t.true(done.refreshed > 10 && done.signedIn > 3 && lost > 0);
  },
);

test.serial(
  'a session that ends at one replica is refused by the other, and by accounts and logging within two seconds',
  async (t) => {
    const username = await member();
    const { access_token: token, refresh_token } = (
      await send(first, '/login', { username, password: PASSWORD })
    ).body;
    const thief = new Person(bank.url, username, PASSWORD);
    thief.tokens = { access: token, refresh: refresh_token };
    const statuses = () =>
      Promise.all(['/api/accounts', '/api/logs'].map(async (path) => (await thief.get(path)).status));
    await eventually(async () => (await statuses()).every((status) => status === 200));
    t.is((await send(second, '/logout', {}, token)).status, 204);
    t.is((await send(first, '/profile', undefined, token)).status, 401);
    t.is((await send(first, '/refresh', { refresh_token })).status, 401);
    await eventually(async () => (await statuses()).every((status) => status === 401), 2_000);
  },
);

for (const ahead of [5, -5]) {
  const how = ahead > 0 ? 'ahead' : 'behind';
  test.serial(
    `tokens of a replica whose clock is five seconds ${how} are good everywhere, and its refreshes are repeated by the other`,
    async (t) => {
      const moved = await bank.addReplica('auth', { CLOCK_OFFSET_SECONDS: String(ahead) });
      const peer = peerAt(moved.port);
      const replica = { name: moved.name, adminUrl: '', peer };
      try {
        const username = await member();
        const { access_token, refresh_token } = (
          await send(replica, '/login', { username, password: PASSWORD })
        ).body;
        const person = new Person(bank.url, username, PASSWORD);
        person.tokens = { access: access_token, refresh: refresh_token };
        for (const path of ['/api/auth/profile', '/api/accounts', '/api/logs'])
          await eventually(async () => (await person.get(path)).status === 200);
        const next = await send(replica, '/refresh', { refresh_token });
        t.is(next.status, 200);
        // The other way too: the one exchanges what the other issued, and repeats its answer.
        const again = await send(first, '/refresh', { refresh_token });
        t.is(again.body.refresh_token, next.body.refresh_token);
        const third = await send(first, '/refresh', { refresh_token: next.body.refresh_token });
        const fourth = await send(replica, '/refresh', { refresh_token: next.body.refresh_token });
        t.is(fourth.body.refresh_token, third.body.refresh_token);
        const { exp } = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url').toString());
        t.true(Math.abs(exp - Date.now() / 1000 - 600 - ahead) < 30, 'it ends by the clock that issued it');
      } finally {
        await peer.close();
        await bank.halt(moved.name);
      }
    },
  );
}
