import { generateKeyPairSync } from 'node:crypto';
import { scopesOf } from '@guichet/contract';
import { newId } from '@guichet/database';
import {
  type AccessClaims,
  createRevocations,
  createVerifier,
  issueAccessToken,
  keyThumbprint,
  type Revocations,
  type Verifier,
} from '@guichet/tokens';

export interface TestTokens {
  /** A valid token; for a new user if none is given. */
  issue(claims?: Partial<AccessClaims> & { ttlSeconds?: number }): string;
  verify: Verifier;
  revocations: Revocations;
}

/** An issuer of tokens and a verifier that trusts it. */
export function testTokens(clock: () => Date = () => new Date()): TestTokens {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = keyThumbprint(publicKey);
  const revocations = createRevocations(clock);
  return {
    issue({ ttlSeconds = 600, ...claims } = {}) {
      const role = claims.role ?? 'member';
      const userId = claims.userId ?? newId();
      return issueAccessToken(
        { kid, privateKey },
        {
          userId,
          username: claims.username ?? `user-${userId.slice(-6)}`,
          role,
          scopes: claims.scopes ?? scopesOf(role),
          sessionId: claims.sessionId ?? newId(),
          kind: claims.kind ?? 'session',
        },
        { ttlSeconds, now: clock() },
      );
    },
    verify: createVerifier({
      keys: { get: async (asked) => (asked === kid ? publicKey : null), isRevoked: () => false },
      revocations,
      clock,
    }),
    revocations,
  };
}
