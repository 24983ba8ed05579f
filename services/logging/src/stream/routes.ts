import { Readable } from 'node:stream';
import { text } from '@guichet/contract';
import { queryOnce } from '@guichet/database';
import { type Route, route, streamed, token } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { filterQuery } from '../entries/filter.ts';
import { readHead } from '../entries/store.ts';
import { refuse } from '../errors.ts';
import { filterFor } from '../visibility.ts';
import { watchAccess } from '../watch-access.ts';
import { followEntries } from './follow-entries.ts';

const LastEventId = text(18).regex(/^\d*$/, 'must be a sequence number');

export function streamRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/logs/stream',
      summary: 'Stream new log entries as Server-Sent Events',
      access: token({ scope: 'logs:read' }),
      query: z.strictObject(filterQuery),
      headers: z.object({ 'last-event-id': LastEventId.optional() }),
      replies: { 200: 'text/event-stream' },
      refusals: [refuse.forbidden, refuse.invalid_request],
      handle: async (request) => {
        const filter = await filterFor(deps, request);
        const after = await startOf(request.headers['last-event-id']);
        const events = followEntries({
          db: deps.db,
          feed: deps.feed,
          filter,
          after,
          stillAllowed: watchAccess(deps, request),
          ended: deps.streams.open(request.caller.userId, request.clientAborted),
        });
        return streamed('text/event-stream; charset=utf-8', Readable.from(events), {
          // A proxy that buffers replies would hold entries back.
          'X-Accel-Buffering': 'no',
          'Cache-Control': 'no-store, no-transform',
        });
      },
    }),
  ];

  /** The sequence after which the stream starts: the client's last one, or the end of the log. */
  async function startOf(lastEventId: string | string[] | undefined): Promise<bigint> {
    if (lastEventId === undefined || lastEventId === '')
      return (await queryOnce(deps.db, readHead())).sequence;
    return BigInt(String(lastEventId));
  }
}
