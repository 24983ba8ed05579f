import { accountRoutes } from './accounts/routes.ts';
import type { Bank } from './bank.ts';
import { beneficiaryRoutes } from './beneficiaries/routes.ts';
import type { CommandQueue } from './command-queue.ts';
import { decisionRoutes } from './decisions/routes.ts';
import { documentRoutes } from './documents/routes.ts';
import { leavingRoutes } from './leaving/routes.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { accountRequestRoutes } from './operations/account-routes.ts';
import { operationRoutes } from './operations/routes.ts';
import { payeeRoutes } from './payees/routes.ts';

/** Every URL of the service. */
export function routes(bank: Bank, queue: CommandQueue) {
  return [
    ...accountRoutes(bank), //         GET /api/accounts… · /api/comptes…
    ...accountRequestRoutes(bank, queue), // POST /api/accounts · /api/accounts/{id}/{close,rib,overdraft,limits}
    ...documentRoutes(bank), //        /api/accounts/{id}/statement · /api/accounts/{id}/rib.pdf
    ...decisionRoutes(bank, queue), //  POST /api/operations/{id}/{approve,reject,cancel} · POST /api/operations/decisions
    ...operationRoutes(bank, queue), // /api/operations… · POST /api/virement
    ...beneficiaryRoutes(bank), //     /api/beneficiaries…
    ...payeeRoutes(bank), //           POST /api/payees/verify
    ...ledgerRoutes(bank), //          /api/accounts/{id}/{balance,transactions} · /api/ledger/reconciliation
    ...leavingRoutes(bank), //         POST /internal/people/{id}/leave
  ];
}
