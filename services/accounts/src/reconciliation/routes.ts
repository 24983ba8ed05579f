import { ReconciliationView } from '@guichet/contract/accounts';
import { ok, route, token } from '@guichet/http';
import type { JobRun } from '@guichet/scheduled-jobs';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { onceOutsideTransaction } from '../idempotency/once.ts';
import { lastReconciliation, reconcilesOnRequest } from './keep-reconciling.ts';
import { reconcileAndLog } from './reconcile-and-log.ts';
import type { ReconciliationOutcome } from './run-reconciliation.ts';

const reconciled = ({ outcome, finishedAt }: JobRun<ReconciliationOutcome>) =>
  ok({
    ok: outcome.ok,
    checks: outcome.checks,
    scope: outcome.scope,
    verified_up_to: outcome.verifiedUpTo,
    last_full_run_at: outcome.lastFullRunAt,
    finished_at: finishedAt.toISOString(),
  });

export function reconciliationRoutes(deps: Deps) {
  const reconcileNow = reconcilesOnRequest(deps);
  const access = token({ scope: 'accounts:read', roles: ['agent'] });
  return [
    route({
      method: 'GET',
      path: '/api/ledger/reconciliation',
      summary: 'Get the last reconciliation of the ledger',
      access,
      replies: { 200: ReconciliationView },
      handle: async () => reconciled((await lastReconciliation(deps.db)) ?? (await reconcileNow(false))),
    }),
    route({
      method: 'POST',
      path: '/api/ledger/reconciliation',
      summary: 'Reconcile what is new in the ledger since it was last verified, or with full=true all of it',
      access,
      query: z.strictObject({ full: z.enum(['true', 'false']).default('false') }),
      idempotent: true,
      replies: { 200: ReconciliationView },
      handle: async (request) => {
        const { full } = request.query;
        const key = readIdempotencyKey(request, { full });
        const idempotency = key === null ? null : { key, render: reconciled };
        return toReply(
          await onceOutsideTransaction(deps, idempotency, () =>
            reconcileAndLog(deps, { by: actorOf(request.caller), correlationId: request.correlationId }, () =>
              reconcileNow(full === 'true'),
            ),
          ),
          reconciled,
        );
      },
    }),
  ];
}
