import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { scopesOf } from '@guichet/contract';
import { Problem } from '@guichet/errors';
import test from 'ava';
import fc from 'fast-check';
import jwt from 'jsonwebtoken';
import { type AccessClaims, AUDIENCE, ISSUER, issueAccessToken } from './issue.ts';
import { type KeySet, keyThumbprint } from './keys.ts';
import { createRevocations } from './revocations.ts';
import { createVerifier } from './verify.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const kid = keyThumbprint(publicKey);
const NOON = new Date('2026-10-31T12:00:00.000Z');

const claims: AccessClaims = {
  userId: '0199aaaa-0000-7000-8000-000000000001',
  username: 'ann',
  role: 'member',
  scopes: ['profile', 'accounts:read'],
  sessionId: '0199aaaa-0000-7000-8000-0000000000aa',
  kind: 'session',
};

const keySet = (get: KeySet['get'], isRevoked: KeySet['isRevoked'] = () => false): KeySet => ({
  get,
  isRevoked,
});

function bench(keys: KeySet = keySet(async (requests) => (requests === kid ? publicKey : null))) {
  let now = NOON;
  const revocations = createRevocations(() => now);
  return {
    verify: createVerifier({ keys, revocations, clock: () => now }),
    revocations,
    later: (seconds: number) => {
      now = new Date(now.getTime() + seconds * 1_000);
    },
  };
}

const issue = (more: Partial<AccessClaims> = {}) =>
  issueAccessToken({ kid, privateKey }, { ...claims, ...more }, { ttlSeconds: 600, now: NOON });

/** A token with any claims and header, signed with a valid key. */
function signed(payload: object, key: KeyObject = privateKey, header: object = {}): string {
  return jwt.sign(payload, key, {
    algorithm: 'ES256',
    header: { alg: 'ES256', typ: 'at+jwt', kid, ...header },
    noTimestamp: !('iat' in payload),
  });
}

const seconds = Math.floor(NOON.getTime() / 1_000);
const goodPayload = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: claims.userId,
  sid: claims.sessionId,
  username: 'ann',
  role: 'member',
  scope: 'profile',
  kind: 'session',
  jti: 'a-token',
  iat: seconds,
  exp: seconds + 600,
};

function assembled(header: object, payload: object | string, signature: string): string {
  const part = (value: object | string) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}

test('a valid token identifies the caller', async (t) => {
  t.deepEqual(await bench().verify(issue()), {
    ...claims,
    expiresAt: new Date(NOON.getTime() + 600_000),
  });
  t.like(await bench().verify(issue({ role: 'superuser', kind: 'api', scopes: scopesOf('superuser') })), {
    role: 'superuser',
    kind: 'api',
    scopes: ['profile', 'users:manage', 'agents:manage', 'products:manage', 'logs:read'],
  });
});

test('a cached token is refused from the second in which it expires', async (t) => {
  const { verify, later } = bench();
  const token = issue();
  await verify(token);
  later(599);
  await verify(token);
  later(1);
  await t.throwsAsync(verify(token), { instanceOf: Problem, code: 'unauthenticated' });
  await t.throwsAsync(bench().verify(signed({ ...goodPayload, exp: seconds })), { code: 'unauthenticated' });
});

test('when a session ends, its tokens are refused at once, cached ones too, and no others', async (t) => {
  const { verify, revocations } = bench();
  const [ended, other] = [issue(), issue({ sessionId: '0199aaaa-0000-7000-8000-0000000000bb' })];
  await verify(ended);
  revocations.add(claims.sessionId, new Date(NOON.getTime() + 600_000));
  await t.throwsAsync(verify(ended), { code: 'unauthenticated', message: /session has ended/ });
  await t.throwsAsync(verify(issue()), { code: 'unauthenticated' });
  t.is((await verify(other)).username, 'ann');
});

test('when a key is revoked, its tokens are refused at once, cached ones too', async (t) => {
  const revoked = new Set<string>();
  const { verify } = bench(
    keySet(
      async () => publicKey,
      (requested) => revoked.has(requested),
    ),
  );
  const [cached, other] = [issue(), issue()];
  await verify(cached);
  revoked.add('another key');
  t.is((await verify(cached)).username, 'ann');
  revoked.add(kid);
  await t.throwsAsync(verify(cached), { code: 'unauthenticated', message: /key was revoked/ });
  await t.throwsAsync(verify(other), { code: 'unauthenticated', message: /key was revoked/ });
});

test('no token is accepted while more sessions have ended than fit', async (t) => {
  const revocations = createRevocations(() => NOON, 2);
  const verify = createVerifier({ keys: keySet(async () => publicKey), revocations, clock: () => NOON });
  const until = new Date(NOON.getTime() + 600_000);
  for (const session of ['a', 'b']) revocations.add(session, until);
  t.is((await verify(issue())).username, 'ann');
  revocations.add('c', until);
  await t.throwsAsync(verify(issue()), { code: 'unavailable' });
});

const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

function hmacWithPublicKey(): string {
  const unsigned = assembled({ alg: 'HS256', typ: 'at+jwt', kid }, goodPayload, '').slice(0, -1);
  return `${unsigned}.${createHmac('sha256', publicPem).update(unsigned).digest('base64url')}`;
}

const { exp: _exp, ...endless } = goodPayload;
const { sid: _sid, ...sessionless } = goodPayload;
const { kind: _kind, ...kindless } = goodPayload;
const { username: _username, ...nameless } = goodPayload;
const { scope: _scope, ...scopeless } = goodPayload;
const { iat: _iat, ...undated } = goodPayload;
const { jti: _jti, ...unnumbered } = goodPayload;

for (const [what, token] of Object.entries({
  'signed with another key': signed(goodPayload, foreign),
  'that names another key': signed(goodPayload, foreign, {
    kid: keyThumbprint(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
  }),
  'that names no key': signed(goodPayload, privateKey, { kid: undefined }),
  'whose key id is no text': assembled({ alg: 'ES256', typ: 'at+jwt', kid: { a: 1 } }, goodPayload, 'AAAA'),
  'without a signature (alg none)': assembled({ alg: 'none', typ: 'at+jwt', kid }, goodPayload, ''),
  'without a signature (alg nOnE)': assembled({ alg: 'nOnE', typ: 'at+jwt', kid }, goodPayload, ''),
  'with the public key as the secret of an HMAC': hmacWithPublicKey(),
  'of another algorithm': jwt.sign(goodPayload, rsa, {
    algorithm: 'RS256',
    header: { alg: 'RS256', typ: 'at+jwt', kid },
  }),
  'of another type': signed(goodPayload, privateKey, { typ: 'JWT' }),
  'without a type': signed(goodPayload, privateKey, { typ: undefined }),
  'of another type (an id token)': signed(goodPayload, privateKey, { typ: 'id+jwt' }),
  'that demands an extension': signed(goodPayload, privateKey, { crit: ['moon'], moon: 1 }),
  'for several audiences': signed({ ...goodPayload, aud: [AUDIENCE, 'another'] }),
  'without a time of issue': signed(undated),
  'without an id': signed(unnumbered),
  'of another issuer': signed({ ...goodPayload, iss: 'guichet-other' }),
  'for another audience': signed({ ...goodPayload, aud: 'another' }),
  'without an end': signed(endless),
  'without a session': signed(sessionless),
  'without a kind': signed(kindless),
  'without a name': signed(nameless),
  'without scopes': signed(scopeless),
  'of an unknown role': signed({ ...goodPayload, role: 'root' }),
  'of a session that is a number': signed({ ...goodPayload, sid: 7 }),
  'not yet valid': signed({ ...goodPayload, nbf: seconds + 60 }),
  'whose payload is no JSON': assembled({ alg: 'ES256', typ: 'at+jwt', kid }, 'no json', 'AAAA'),
  'whose payload is null': assembled({ alg: 'ES256', typ: 'at+jwt', kid }, 'null', 'AAAA'),
  'that is empty': '',
  'that is three dots': '...',
})) {
  test(`a token ${what} is refused`, async (t) => {
    const error = await t.throwsAsync(bench().verify(token), {
      instanceOf: Problem,
      code: 'unauthenticated',
    });
    t.deepEqual((error as Problem).headers, { 'WWW-Authenticate': 'Bearer' });
    t.is((error as Problem).detail, null, 'the reason is for the log alone');
  });
}

test('a token with any changed character is refused', async (t) => {
  const token = issue();
  const { verify } = bench();
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 2), fc.constantFrom(...'AZaz09-_'), async (at, character) => {
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      if (changed === token) return;
      await t.throwsAsync(verify(changed), { instanceOf: Problem });
    }),
  );
});

test('any text that is no token is refused', async (t) => {
  const part = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.constantFrom(
      '__proto__',
      Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })).toString('base64url'),
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (parts) => {
      await t.throwsAsync(bench().verify(parts.join('.')), { instanceOf: Problem, code: 'unauthenticated' });
    }),
  );
});

test('scopes that this release does not know are ignored', async (t) => {
  const caller = await bench().verify(signed({ ...goodPayload, scope: 'profile moon:fly  logs:read' }));
  t.deepEqual(caller.scopes, ['profile', 'logs:read']);
});

test('a key that cannot be fetched is reported as unavailable, not as unauthenticated', async (t) => {
  const unavailable = bench(keySet(() => Promise.reject(new Error('connect ECONNREFUSED'))));
  const error = await t.throwsAsync<Problem>(unavailable.verify(issue()), { code: 'unavailable' });
  t.is(error?.headers['Retry-After'], '1');
});

test('the signature of a token is verified once', async (t) => {
  let requests = 0;
  const { verify } = bench(
    keySet(async () => {
      requests += 1;
      return publicKey;
    }),
  );
  const token = issue();
  for (let times = 0; times < 5; times += 1) await verify(token);
  t.is(requests, 1);
});
