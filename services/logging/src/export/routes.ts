import { Readable } from 'node:stream';
import { type Route, route, streamed, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { filterQuery } from '../entries/filter.ts';
import { refuse } from '../errors.ts';
import { filterFor } from '../visibility.ts';
import { watchAccess } from '../watch-access.ts';
import { exportEntries } from './export-entries.ts';
import { EXPORT_FORMATS } from './rules.ts';

const MEDIA_TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
} as const;

/** An export can't renew its token, and that of the whole log may last longer than one. */
const GOES_ON_MS = 15 * 60_000;

export function exportRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/logs/export',
      summary: 'Export log entries as CSV or NDJSON',
      access: token({ scope: 'logs:read' }),
      query: z.strictObject({ ...filterQuery, format: z.enum(EXPORT_FORMATS) }),
      replies: { 200: ['text/csv', 'application/x-ndjson'] },
      refusals: [refuse.forbidden],
      handle: async (request) => {
        const { format } = request.query;
        const stillAllowed = watchAccess(deps, request, GOES_ON_MS);
        const pages = await exportEntries(deps.db, await filterFor(deps, request), { format, stillAllowed });
        const name = `log-${deps.calendar.dateOf(deps.clock())}.${format}`;
        // Pages are large: reading one page ahead is enough.
        return streamed(MEDIA_TYPES[format], Readable.from(pages, { highWaterMark: 1 }), {
          'Content-Disposition': `attachment; filename="${name}"`,
        });
      },
    }),
  ];
}
