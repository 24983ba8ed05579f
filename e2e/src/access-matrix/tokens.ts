import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { newId } from '@guichet/database';
import jwt from 'jsonwebtoken';
import type { SignedInUser, World } from './world.ts';

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens that no service may accept. Each has exactly one fault, which is its key. */
export async function badTokens(
  { auth }: World,
  { id, username, role, token }: SignedInUser,
): Promise<Record<string, string>> {
  const { kid, privateKey } = auth.deps.keyring.signingKey();
  const { header, payload } = jwt.decode(token, { complete: true }) as {
    header: object;
    payload: jwt.JwtPayload;
  };
  const now = Math.floor(auth.deps.clock().getTime() / 1000);
  const signed = (claims: object, changed: object = {}, key: KeyObject = privateKey) =>
    jwt.sign({ ...payload, sub: id, username, role, ...claims }, key, {
      algorithm: 'ES256',
      header: { ...header, alg: 'ES256', kid, ...changed },
    });
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const jwk = (await auth.api.get('/.well-known/jwks.json')).body.keys.find(
    (one: { kid: string }) => one.kid === kid,
  );
  const publicKey = await auth.deps.keyring.get(kid);
  if (publicKey === null) throw new Error('the signing key has no public half');
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const unsigned = `${encode({ ...header, alg: 'none' })}.${encode(payload)}`;
  const hmac = (secret: string | Buffer) => {
    const text = `${encode({ ...header, alg: 'HS256' })}.${encode(payload)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  return {
    expired: signed({ iat: now - 700, exp: now - 1 }),
    'signed by a foreign key': signed({}, {}, foreign),
    'signed by a key that auth does not publish': signed({}, { kid: newId() }, foreign),
    'alg none': `${unsigned}.`,
    'HS256 with the public key in PEM': hmac(pem),
    'HS256 with the public key as a JWK': hmac(JSON.stringify(jwk)),
    'for another audience': signed({ aud: 'another-bank' }),
    'of another issuer': signed({ iss: 'another-auth' }),
    'of another type': signed({}, { typ: 'JWT' }),
    'without a type': signed({}, { typ: undefined }),
    'not a token': 'not.a.token',
  };
}
