import { z } from 'zod';
import { Time } from '../fields.ts';

/** GET /.well-known/jwks.json: the public keys that verify access tokens. */
export const JwksView = z.object({
  keys: z.array(
    z.object({
      kty: z.string(),
      crv: z.string(),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      use: z.literal('sig'),
      alg: z.literal('ES256'),
    }),
  ),
});

/** GET /internal/revocations: the ended sessions whose access tokens have not expired yet, and every signing key that was revoked. */
export const RevocationsView = z.object({
  items: z.array(z.object({ session_id: z.string(), until: Time })),
  key_ids: z.array(z.string()),
});
