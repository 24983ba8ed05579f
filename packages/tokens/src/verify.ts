import type { KeyObject } from 'node:crypto';
import { ROLES, type Role, SCOPES, type Scope } from '@guichet/contract';
import { problems } from '@guichet/errors';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { AUDIENCE, ISSUER, TOKEN_TYPE } from './issue.ts';
import type { KeySet } from './keys.ts';
import type { Revocations } from './revocations.ts';

/** The caller, as a valid token identifies them. */
export interface Caller {
  readonly userId: string;
  readonly username: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly sessionId: string;
  readonly kind: 'session' | 'api';
  readonly expiresAt: Date;
}

/** @throws Problem `unauthenticated` for a token that is not valid now, `unavailable` if its key cannot be fetched */
export type Verifier = (token: string) => Promise<Caller>;

interface Verified {
  kid: string;
  caller: Caller;
}

/**
 * Verifies access tokens locally. A verified token is cached until it expires, because a signature costs more than the rest of a small
 * request; its key and its session are checked against the revocations each time.
 */
export function createVerifier(options: {
  keys: KeySet;
  revocations: Revocations;
  clock: () => Date;
  cacheSize?: number;
}): Verifier {
  // No ttl: a token is accepted until its own expiry by the given clock, and not for a time after it was stored.
  const verified = new LRUCache<string, Verified>({ max: options.cacheSize ?? 20_000 });

  async function check(token: string): Promise<Verified> {
    const kid = keyIdOf(token);
    if (kid === null) throw unauthenticated('the token has no key id');
    const key = await options.keys.get(kid).catch((cause: unknown) => {
      throw problems.unavailable(undefined, {
        headers: { 'Retry-After': '1' },
        internal: 'the signing keys could not be fetched',
        cause,
      });
    });
    if (key === null) throw unauthenticated('the token names an unknown key');
    return { kid, caller: toCaller(verifySignature(token, key, options.clock())) };
  }

  return async (token) => {
    let known = verified.get(token);
    if (known === undefined) {
      known = await check(token);
      verified.set(token, known);
    }
    const { kid, caller } = known;
    if (caller.expiresAt.getTime() <= options.clock().getTime())
      throw unauthenticated('the token has expired');
    if (options.revocations.isFull) {
      throw problems.unavailable(undefined, {
        headers: { 'Retry-After': '10' },
        internal: 'more sessions have ended than this process can keep',
      });
    }
    if (options.keys.isRevoked(kid)) throw unauthenticated('the signing key was revoked');
    if (options.revocations.has(caller.sessionId)) throw unauthenticated('the session has ended');
    return caller;
  };
}

function keyIdOf(token: string): string | null {
  try {
    const kid: unknown = jwt.decode(token, { complete: true })?.header.kid;
    return typeof kid === 'string' ? kid : null;
  } catch {
    // Decoding parses the payload of some tokens, and throws if that fails.
    return null;
  }
}

function verifySignature(token: string, key: KeyObject, now: Date): jwt.JwtPayload {
  try {
    const { header, payload } = jwt.verify(token, key, {
      algorithms: ['ES256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      clockTimestamp: Math.floor(now.getTime() / 1000),
      complete: true,
    });
    // RFC 9068, section 4: a token that the same key signed for another purpose is not an access token.
    if (header.typ !== TOKEN_TYPE) throw new Error('the token is not an access token');
    // RFC 7515, section 4.1.11: an extension that is not understood makes the token invalid.
    if (header.crit !== undefined) throw new Error('the token requires an extension');
    if (typeof payload === 'string') throw new Error('the payload is not an object');
    return payload;
  } catch (cause) {
    throw unauthenticated('the token does not verify', cause);
  }
}

function toCaller(payload: jwt.JwtPayload): Caller {
  const { sub, sid, username, role, scope, kind, exp, iat, jti, aud } = payload;
  const isWhole =
    [sub, sid, username, scope, jti].every((claim) => typeof claim === 'string') &&
    aud === AUDIENCE &&
    typeof iat === 'number' &&
    ROLES.includes(role) &&
    (kind === 'session' || kind === 'api') &&
    typeof exp === 'number';
  if (!isWhole) throw unauthenticated('the token lacks a claim');
  const granted = new Set(String(scope).split(' '));
  return Object.freeze({
    userId: sub as string,
    username,
    role,
    scopes: SCOPES.filter((known) => granted.has(known)),
    sessionId: sid,
    kind,
    expiresAt: new Date(exp * 1000),
  });
}

function unauthenticated(internal: string, cause?: unknown) {
  return problems.unauthenticated(undefined, { headers: { 'WWW-Authenticate': 'Bearer' }, internal, cause });
}
