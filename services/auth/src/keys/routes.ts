import { ok, open, type Route, route } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';

const JwksView = z.object({
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

export function keyRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/.well-known/jwks.json',
      summary: 'Get the public keys that verify access tokens',
      access: open(),
      replies: { 200: JwksView },
      handle: async () => ok(deps.keyring.jwks(), { 'Cache-Control': 'public, max-age=60' }),
    }),
  ];
}
