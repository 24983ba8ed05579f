import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { createKeySet, type Jwk, type Jwks, keyThumbprint, publicJwk } from './keys.ts';

const newJwk = () => publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);

function issuer(keys: Jwk[]) {
  const state = { keys, requests: 0, isDown: false };
  return Object.assign(state, {
    fetchKeys: async (): Promise<Jwks> => {
      state.requests += 1;
      await sleep(1);
      if (state.isDown) throw new Error('auth is down');
      return { keys: state.keys };
    },
  });
}

test('the thumbprint is that of RFC 7638', (t) => {
  // The key of RFC 7517, appendix A.1; its thumbprint as other libraries compute it.
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  };
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  t.is(keyThumbprint(key), 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
  t.deepEqual(publicJwk(key), { ...jwk, kid: keyThumbprint(key), use: 'sig', alg: 'ES256' });
});

test('only the public half is served', (t) => {
  t.false('d' in publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
});

test('concurrent requests for a key fetch the keys once', async (t) => {
  const jwk = newJwk();
  const auth = issuer([jwk]);
  const keys = createKeySet(auth.fetchKeys);
  t.is(auth.requests, 0);
  const found = await Promise.all(Array.from({ length: 50 }, () => keys.get(jwk.kid)));
  t.is(auth.requests, 1);
  t.true(found.every((key) => key !== null && keyThumbprint(key) === jwk.kid));
});

test('unknown key ids query the issuer at most once per interval', async (t) => {
  const jwk = newJwk();
  const auth = issuer([jwk]);
  const keys = createKeySet(auth.fetchKeys, 80);
  for (let made = 0; made < 100; made += 1) t.is(await keys.get(`made-up-${made}`), null);
  t.is(auth.requests, 1);
  await sleep(90);
  await Promise.all(Array.from({ length: 100 }, (_, made) => keys.get(`more-${made}`)));
  t.is(auth.requests, 2);
});

test('when the interval is over, a new key is found and a removed key is not', async (t) => {
  const [old, fresh] = [newJwk(), newJwk()];
  const auth = issuer([old]);
  const keys = createKeySet(auth.fetchKeys, 30);
  await keys.get(old.kid);
  auth.keys = [fresh];
  t.is(await keys.get(fresh.kid), null);
  await sleep(40);
  t.not(await keys.get(fresh.kid), null);
  t.is(await keys.get(old.kid), null);
});

test('while the issuer is down, cached keys stay usable, and unknown ones query it at most once a second', async (t) => {
  const jwk = newJwk();
  const auth = issuer([jwk]);
  const keys = createKeySet(auth.fetchKeys, 50);
  await keys.get(jwk.kid);
  auth.isDown = true;
  await sleep(60);
  for (let times = 0; times < 20; times += 1)
    await t.throwsAsync(keys.get('unknown'), { message: 'auth is down' });
  t.is(auth.requests, 2);
  t.not(await keys.get(jwk.kid), null);
  auth.isDown = false;
  await sleep(60);
  t.is(await keys.get('unknown'), null);
});

test('a revoked key stays revoked, and the key that replaces it is fetched at once', async (t) => {
  const [old, fresh] = [newJwk(), newJwk()];
  const auth = issuer([old]);
  const keys = createKeySet(auth.fetchKeys);
  await keys.get(old.kid);
  auth.keys = [fresh];
  t.is(await keys.get(fresh.kid), null, 'unknown ids are limited');
  t.false(keys.isRevoked(old.kid));
  keys.revoke(old.kid);
  keys.revoke(old.kid);
  t.true(keys.isRevoked(old.kid));
  t.not(await keys.get(fresh.kid), null);
  t.is(auth.requests, 2);
  t.true(keys.isRevoked(old.kid));
});

test('after a revocation, a key that the issuer does not serve yet is found a second later', async (t) => {
  const [old, fresh] = [newJwk(), newJwk()];
  const auth = issuer([old]);
  const keys = createKeySet(auth.fetchKeys);
  await keys.get(old.kid);
  keys.revoke(old.kid);
  t.is(await keys.get(fresh.kid), null);
  auth.keys = [fresh];
  t.is(await keys.get(fresh.kid), null);
  await sleep(1_050);
  t.not(await keys.get(fresh.kid), null);
});

test('keys of an unknown kind are ignored', async (t) => {
  const jwk = newJwk();
  const strange = { kty: 'AKP', kid: 'pq', alg: 'ML-DSA-44', pub: 'xx' } as unknown as Jwk;
  const auth = issuer([strange, jwk]);
  const keys = createKeySet(auth.fetchKeys);
  t.not(await keys.get(jwk.kid), null);
  t.is(await keys.get('pq'), null);
});
