import { ReconciliationView } from '@guichet/contract/accounts';
import { ok, route, token } from '@guichet/http';
import type { JobRun } from '@guichet/scheduled-jobs';
import type { Deps } from '../deps.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { onceOutsideTransaction } from '../idempotency/once.ts';
import { lastReconciliation, type ReconciliationOutcome, reconcilesOnRequest } from './keep-reconciling.ts';

const reconciled = ({ outcome, finishedAt }: JobRun<ReconciliationOutcome>) =>
  ok({ ok: outcome.ok, checks: outcome.checks, finished_at: finishedAt.toISOString() });

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
      handle: async () => reconciled((await lastReconciliation(deps.db)) ?? (await reconcileNow())),
    }),
    route({
      method: 'POST',
      path: '/api/ledger/reconciliation',
      summary: 'Reconcile the ledger now',
      access,
      idempotent: true,
      replies: { 200: ReconciliationView },
      handle: async (request) => {
        const key = readIdempotencyKey(request, null);
        const idempotency = key === null ? null : { key, render: reconciled };
        return toReply(await onceOutsideTransaction(deps, idempotency, reconcileNow), reconciled);
      },
    }),
  ];
}
