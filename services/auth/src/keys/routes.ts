import { createHash } from 'node:crypto';
import { JwksView } from '@guichet/contract/auth';
import { ok, open, type Route, route } from '@guichet/http';
import type { Deps } from '../deps.ts';

export function keyRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/.well-known/jwks.json',
      summary: 'Get the public keys that verify access tokens',
      access: open(),
      replies: { 200: JwksView, 304: null },
      handle: async () => {
        const jwks = deps.keyring.jwks();
        const ETag = `"${createHash('sha256').update(JSON.stringify(jwks)).digest('base64url')}"`;
        return ok(jwks, { ETag, 'Cache-Control': 'public, max-age=60' });
      },
    }),
  ];
}
