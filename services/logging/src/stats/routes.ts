import { LOG_BUCKETS, LOG_GROUPS, LogStatsView } from '@guichet/contract/logging';
import { ok, type Route, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { filterQuery } from '../entries/filter.ts';
import { refuse } from '../errors.ts';
import { filterFor } from '../visibility.ts';
import { countEntries } from './count-entries.ts';

export function statsRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/logs/stats',
      summary: 'Count log entries by level, action, service and time',
      access: token({ scope: 'logs:read' }),
      query: z.strictObject({
        ...filterQuery,
        bucket: z.enum(LOG_BUCKETS).default('day'),
        group: z.enum(LOG_GROUPS).optional(),
      }),
      replies: { 200: LogStatsView },
      refusals: [refuse.forbidden, refuse.invalid_request],
      handle: async (request) => {
        const filter = await filterFor(deps, request);
        const { bucket, group } = request.query;
        return ok(
          await countEntries(deps.db, filter, { bucket, group, calendar: deps.calendar, now: deps.clock() }),
        );
      },
    }),
  ];
}
