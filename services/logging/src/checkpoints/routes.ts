import { createHash } from 'node:crypto';
import { listOf, paging } from '@guichet/contract';
import { LogCheckpointView, LogKeysView } from '@guichet/contract/logging';
import { ok, open, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { requireStaff } from '../visibility.ts';
import { listCheckpoints } from './list-checkpoints.ts';

export function checkpointRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/logs/checkpoints',
      summary: 'List the signed checkpoints of the log, newest first',
      access: token({ scope: 'logs:read' }),
      query: z.strictObject(paging),
      replies: { 200: listOf(LogCheckpointView) },
      refusals: [refuse.forbidden],
      handle: async (request) => {
        await requireStaff(deps, request);
        return ok(await listCheckpoints(deps.db, request.query));
      },
    }),
    route({
      method: 'GET',
      path: '/.well-known/log-keys.json',
      summary: 'Get the public keys that verify checkpoints of the log',
      access: open(),
      replies: { 200: LogKeysView, 304: null },
      handle: async () => {
        const keys = { keys: [...deps.checkpointKeys.published.keys] };
        const ETag = `"${createHash('sha256').update(JSON.stringify(keys)).digest('base64url')}"`;
        return ok(keys, { ETag, 'Cache-Control': 'public, max-age=60' });
      },
    }),
  ];
}
