import { type KeyObject, randomUUID } from 'node:crypto';
import type { Role, Scope } from '@guichet/contract';
import jwt from 'jsonwebtoken';
export const ISSUER = 'guichet-auth';
export const AUDIENCE = 'guichet';
export const TOKEN_TYPE = 'at+jwt';

/** An ES256 private key and the thumbprint under which its public half is served. */
export interface SigningKey {
  kid: string;
  privateKey: KeyObject;
}

/** What an access token states about its bearer. */
export interface AccessClaims {
  userId: string;
  username: string;
  role: Role;
  scopes: readonly Scope[];
  /** The session or personal API token; when it ends, this token is refused. */
  sessionId: string;
  kind: 'session' | 'api';
}

/** Signs an access token (RFC 9068 in spirit: ES256, `typ: at+jwt`), valid for `ttlSeconds` from `now`. */
export function issueAccessToken(
  key: SigningKey,
  claims: AccessClaims,
  { ttlSeconds, now }: { ttlSeconds: number; now: Date },
): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return jwt.sign(
    {
      iss: ISSUER,
      aud: AUDIENCE,
      sub: claims.userId,
      sid: claims.sessionId,
      username: claims.username,
      role: claims.role,
      scope: claims.scopes.join(' '),
      kind: claims.kind,
      jti: randomUUID(),
      iat: issuedAt,
      exp: issuedAt + ttlSeconds,
    },
    key.privateKey,
    { algorithm: 'ES256', header: { alg: 'ES256', typ: TOKEN_TYPE, kid: key.kid } },
  );
}
