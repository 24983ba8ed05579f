import { Readable } from 'node:stream';
import { BATCH_STATUSES, Id, IdParams, listOf, paging } from '@guichet/contract';
import { PaymentBatchView } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import { created, ok, readCursor, route, streamed, toCursor, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { advanceBatch, type BatchStep } from './advance-batch.ts';
import type { PaymentBatch } from './batch.ts';
import { createBatch } from './create-batch.ts';
import { logDownload } from './log-download.ts';
import { fileNameOf, writePain001 } from './pain001.ts';
import { findBatch, listBatches } from './store.ts';
import { firstOf, type ShownBatch, viewBatch, viewBatches } from './views.ts';

const XML = 'application/xml; charset=utf-8';

const createdShown = ({ shown }: ShownBatch) => created(shown);

const advancedShown = ({ shown }: ShownBatch) => ok(shown);

/** @throws Problem not_found */
async function readableBatch({ db }: Deps, id: string): Promise<PaymentBatch> {
  const batch = await queryOnce(db, findBatch(id));
  if (batch === null) throw problems.not_found();
  return batch;
}

export function paymentRoutes(deps: Deps) {
  const access = token({ scope: 'payments:manage' });
  const advance = async (request: KeyedRequest & { params: { id: string } }, step: BatchStep) => {
    const { params, caller, correlationId } = request;
    const key = readIdempotencyKey(request, null);
    const idempotency = key === null ? null : { key, render: advancedShown };
    const wanted = { id: params.id, step, by: actorOf(caller), correlationId };
    return toReply(await advanceBatch(deps, wanted, idempotency), advancedShown);
  };
  return [
    route({
      method: 'POST',
      path: '/api/payments/batches',
      summary: 'Put every posted transfer to another bank that waits into a batch',
      access,
      idempotent: true,
      body: z.strictObject({}),
      replies: { 201: PaymentBatchView },
      refusals: [refuse.nothing_to_send, refuse.idempotency_key_reused, refuse.request_in_progress],
      handle: async (request) => {
        const key = readIdempotencyKey(request, null);
        const idempotency = key === null ? null : { key, render: createdShown };
        const { caller, correlationId } = request;
        return toReply(
          await createBatch(deps, { by: actorOf(caller), correlationId }, idempotency),
          createdShown,
        );
      },
    }),
    route({
      method: 'GET',
      path: '/api/payments/batches',
      summary:
        'List the batches of transfers to other banks with these, the newest first; a page may end before its limit if they have many',
      access,
      query: z.strictObject({ ...paging, status: z.enum(BATCH_STATUSES).optional() }),
      replies: { 200: listOf(PaymentBatchView) },
      handle: async ({ query }) => {
        const page = await listBatches(deps.reads, {
          status: query.status,
          beforeId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = firstOf(page.slice(0, query.limit));
        return ok({
          items: await viewBatches(deps.reads, items),
          next: page.length > items.length ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/payments/batches/:id',
      summary: 'Get a batch with its transfers',
      access,
      params: IdParams,
      replies: { 200: PaymentBatchView },
      handle: async ({ params }) => ok(await viewBatch(deps.db, await readableBatch(deps, params.id))),
    }),
    route({
      method: 'GET',
      path: '/api/payments/batches/:id/pain001.xml',
      summary: 'Get the file of a batch, as ISO 20022 pain.001.001.09',
      access,
      params: IdParams,
      replies: { 200: 'application/xml' },
      handle: async ({ params, caller, correlationId, isHead }) => {
        const batch = await readableBatch(deps, params.id);
        if (!isHead) await logDownload(deps, batch, { actor: actorOf(caller), correlationId });
        return streamed(XML, Readable.from(writePain001(deps.db, batch)), {
          'Content-Disposition': `attachment; filename="${fileNameOf(batch)}"`,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/payments/batches/:id/sent',
      summary: 'Mark a batch as sent to the clearing system',
      access,
      idempotent: true,
      params: IdParams,
      replies: { 200: PaymentBatchView },
      refusals: [refuse.batch_not_created, refuse.idempotency_key_reused, refuse.request_in_progress],
      handle: (request) => advance(request, 'sent'),
    }),
    route({
      method: 'POST',
      path: '/api/payments/batches/:id/settled',
      summary: 'Mark a batch as settled, which moves its total from clearing to settlement',
      access,
      idempotent: true,
      params: IdParams,
      replies: { 200: PaymentBatchView },
      refusals: [refuse.batch_not_sent, refuse.idempotency_key_reused, refuse.request_in_progress],
      handle: (request) => advance(request, 'settled'),
    }),
  ];
}
