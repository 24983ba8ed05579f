import { Readable } from 'node:stream';
import { IdParams, listOf, paging } from '@guichet/contract';
import { InterestLineView, OPERATION_BODIES, OperationView } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import { created, ok, readCursor, route, streamed, toCursor, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { receiveFile } from '../incoming/receive-file.ts';
import { interestRun } from '../operations/kinds/interest-run.ts';
import type { OperationState } from '../operations/operation.ts';
import { viewOperation } from '../operations/views.ts';
import { findRuns, listLines } from '../products/run-store.ts';
import { viewLine, writeLinesCsv } from './views.ts';

const requested = (state: OperationState) => created(viewOperation(state, 'agent'));
const attached = (filename: string) => ({ 'Content-Disposition': `attachment; filename="${filename}"` });

/** Interest runs, and the lines that agents review before they approve one. */
export function interestRoutes(deps: Deps) {
  return [
    route({
      method: 'POST',
      path: '/api/interest-runs',
      summary: 'Request that the interest and fees until the end of a month are posted to all accounts',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      body: OPERATION_BODIES.interest_run,
      replies: { 201: OperationView },
      refusals: [
        refuse.no_active_agent,
        refuse.month_not_over,
        refuse.already_capitalized,
        refuse.already_requested,
        refuse.nothing_to_capitalize,
        refuse.idempotency_key_reused,
        refuse.request_in_progress,
      ],
      handle: async (request) => {
        const { body, caller, correlationId } = request;
        const input = interestRun.read(body);
        const key = readIdempotencyKey(request, input);
        const idempotency = key === null ? null : { key, render: requested };
        const wanted = { input, requester: actorOf(caller), correlationId, idempotency };
        return toReply(await receiveFile(deps, wanted), requested);
      },
    }),
    route({
      method: 'GET',
      path: '/api/interest-runs/:id/lines',
      summary: 'List the lines of an interest run as JSON, or get all of them as CSV',
      access: token({ scope: 'operations:decide' }),
      params: IdParams,
      query: z.strictObject({ ...paging, format: z.enum(['json', 'csv']).default('json') }),
      replies: { 200: [listOf(InterestLineView), 'text/csv'] },
      handle: async ({ params, query: { format, limit, cursor } }) => {
        const run = (await queryOnce(deps.reads, findRuns([params.id]))).get(params.id);
        if (run === undefined) throw problems.not_found();
        if (format === 'csv') {
          const written = Readable.from(writeLinesCsv(deps.reads, run));
          return streamed(
            'text/csv; charset=utf-8',
            written,
            attached(`interest-${run.month}-${run.currency}.csv`),
          );
        }
        const from = cursor === undefined ? 0 : readCursor(cursor, z.tuple([z.int()]))[0];
        const page = await queryOnce(deps.reads, listLines(run.operationId, { from, limit }));
        return ok({
          items: page.slice(0, limit).map((line) => viewLine(line, run)),
          next: page.length > limit ? toCursor([page[limit]?.number ?? 0]) : null,
        });
      },
    }),
  ];
}
