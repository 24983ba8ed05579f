import { listOf, paging } from '@guichet/contract';
import { LogEntryView } from '@guichet/contract/logging';
import { ok, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { filterFor } from '../visibility.ts';
import { filterQuery } from './filter.ts';
import { listEntries } from './list-entries.ts';

export function entryRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/logs',
      summary: 'List log entries, newest first',
      access: token({ scope: 'logs:read' }),
      query: z.strictObject({ ...filterQuery, ...paging }),
      replies: { 200: listOf(LogEntryView) },
      refusals: [refuse.forbidden],
      handle: async (request) => {
        const { limit, cursor } = request.query;
        return ok(await listEntries(deps.reads, await filterFor(deps, request), { limit, cursor }));
      },
    }),
  ];
}
