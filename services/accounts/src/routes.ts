import { AccountsStateView } from '@guichet/contract';
import { setupRoute } from '@guichet/service';
import { accountRoutes } from './accounts/routes.ts';
import { beneficiaryRoutes } from './beneficiaries/routes.ts';
import type { CommandQueue } from './command-queue.ts';
import { decisionRoutes } from './decisions/routes.ts';
import type { Deps } from './deps.ts';
import { documentRoutes } from './documents/routes.ts';
import { inboxRoutes } from './inbox/routes.ts';
import { incomingRoutes } from './incoming/routes.ts';
import { interestRoutes } from './interest/routes.ts';
import { leavingRoutes } from './leaving/routes.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { accountRequestRoutes } from './operations/account-routes.ts';
import { operationRoutes } from './operations/routes.ts';
import { payeeRoutes } from './payees/routes.ts';
import { paymentRoutes } from './payments/routes.ts';
import { personalDataRoutes } from './personal-data/routes.ts';
import { productRoutes } from './products/routes.ts';
import { reconciliationRoutes } from './reconciliation/routes.ts';
import { standingOrderRoutes } from './standing-orders/routes.ts';
import { webhookRoutes } from './webhooks/routes.ts';

/** Every URL of the service. */
export function routes(deps: Deps, queue: CommandQueue) {
  return [
    ...accountRoutes(deps), //         GET /api/accounts… · /api/comptes…
    ...accountRequestRoutes(deps, queue), // POST /api/accounts · /api/accounts/{id}/{close,rib,overdraft,limits}
    ...documentRoutes(deps), //        /api/accounts/{id}/statement · /api/accounts/{id}/rib.pdf
    ...decisionRoutes(deps, queue), //  POST /api/operations/{id}/{approve,reject,cancel} · POST /api/operations/decisions
    ...inboxRoutes(deps), //            GET /api/inbox… · GET /api/operations/{id}/review-facts
    ...operationRoutes(deps, queue), // /api/operations… · POST /api/virement
    ...paymentRoutes(deps), //         /api/payments/batches…
    ...standingOrderRoutes(deps, queue), // /api/standing-orders…
    ...incomingRoutes(deps, queue), //   /api/payments/{incoming,returns,suspense}…
    ...productRoutes(deps), //         /api/products…
    ...interestRoutes(deps), //        /api/interest-runs…
    ...beneficiaryRoutes(deps), //     /api/beneficiaries…
    ...payeeRoutes(deps), //           POST /api/payees/verify
    ...ledgerRoutes(deps), //          /api/accounts/{id}/{balance,transactions}
    ...reconciliationRoutes(deps), //  /api/ledger/reconciliation
    ...leavingRoutes(deps), //         POST /internal/people/{id}/leave
    ...personalDataRoutes(deps), //    GET /internal/people/{id}/accounts
    ...webhookRoutes(deps), //          /api/webhooks…
    setupRoute('/api/accounts/setup-state', AccountsStateView, () => deps.describeSetup()),
  ];
}
