import type { Row } from './row.ts';
import { account, beneficiary, emptyAccount, operation, SOME_IBAN, transfer } from './targets.ts';

const readers = (status: number) => ({ member: status, agent: status });

export const ACCOUNTS_ROWS: Readonly<Record<string, Row>> = {
  'GET /api/accounts': { scope: 'accounts:read', ...readers(200) },
  'GET /api/comptes': { scope: 'accounts:read', ...readers(200) },
  'POST /api/accounts': {
    scope: 'operations:write',
    member: 201,
    body: () => ({ name: 'A', type: 'current' }),
  },
  'POST /api/comptes/create': {
    scope: 'operations:write',
    member: 201,
    body: () => ({ name: 'A', type: 'current' }),
  },
  'GET /api/accounts/{id}': { scope: 'accounts:read', ...readers(200), stranger: 404, target: account },
  'PATCH /api/accounts/{id}': {
    scope: 'operations:write',
    member: 200,
    stranger: 404,
    target: account,
    body: () => ({ name: 'B' }),
  },
  'POST /api/accounts/{id}/close': {
    scope: 'operations:write',
    member: 201,
    stranger: 404,
    target: emptyAccount,
  },
  'POST /api/accounts/{id}/rib': { scope: 'operations:write', member: 201, stranger: 404, target: account },
  'PUT /api/accounts/{id}/overdraft': {
    scope: 'operations:decide',
    agent: 200,
    target: account,
    body: () => ({ amount: 0 }),
  },
  'PUT /api/accounts/{id}/limits': {
    scope: 'operations:decide',
    agent: 200,
    target: account,
    body: () => ({ operation: 1_000, day: null }),
  },
  'GET /api/accounts/{id}/balance': {
    scope: 'accounts:read',
    ...readers(200),
    stranger: 404,
    target: account,
  },
  'GET /api/accounts/{id}/transactions': {
    scope: 'accounts:read',
    ...readers(200),
    stranger: 404,
    target: account,
  },
  'GET /api/accounts/{id}/statement': {
    scope: 'accounts:read',
    ...readers(200),
    stranger: 404,
    target: account,
  },
  'GET /api/accounts/{id}/rib.pdf': {
    scope: 'accounts:read',
    ...readers(200),
    stranger: 404,
    target: account,
  },

  'POST /api/operations': {
    scope: 'operations:write',
    member: 201,
    stranger: 404,
    target: account,
    body: (_, __, account_id) => ({ type: 'deposit', account_id, amount: 1 }),
    also: [
      {
        caller: 'agent',
        on: 'a reversal',
        target: transfer,
        body: (_, __, transfer_id) => ({ type: 'reversal', transfer_id, reason: 'By mistake' }),
        expect: 201,
      },
      {
        caller: 'member',
        on: 'a reversal',
        target: transfer,
        body: (_, __, transfer_id) => ({ type: 'reversal', transfer_id, reason: 'By mistake' }),
        expect: 403,
      },
    ],
  },
  'POST /api/virement': {
    scope: 'operations:write',
    member: 201,
    stranger: 404,
    target: account,
    body: (_, __, compte_source) => ({ compte_source, iban: SOME_IBAN, montant: 1 }),
  },
  'GET /api/operations': { scope: 'accounts:read', ...readers(200) },
  'GET /api/operations/{id}': { scope: 'accounts:read', ...readers(200), stranger: 404, target: operation },
  'GET /api/operations/{id}/entries': {
    scope: 'accounts:read',
    ...readers(200),
    stranger: 404,
    target: operation,
  },
  'POST /api/operations/{id}/approve': { scope: 'operations:decide', agent: 200, target: operation },
  'POST /api/operations/{id}/reject': {
    scope: 'operations:decide',
    agent: 200,
    target: operation,
    body: () => ({ reason: 'No' }),
  },
  'POST /api/operations/{id}/cancel': {
    scope: 'operations:write',
    member: 200,
    stranger: 404,
    target: operation,
  },
  'POST /api/operations/decisions': {
    scope: 'operations:decide',
    agent: 200,
    target: operation,
    body: (_, __, id) => ({ items: [{ id, decision: 'approve' }] }),
  },
  // No decisions were sent with this key.
  'GET /api/operations/decisions/{key}': {
    scope: 'operations:decide',
    agent: 404,
    target: async () => 'some-key',
  },
  'GET /api/operations/{id}/review-facts': { scope: 'operations:decide', agent: 200, target: operation },
  'GET /api/inbox': { scope: 'operations:decide', agent: 200 },
  'GET /api/inbox/counts': { scope: 'operations:decide', agent: 200 },
  'GET /api/beneficiaries': { scope: 'accounts:read', member: 200 },
  'POST /api/beneficiaries': {
    scope: 'operations:write',
    member: 201,
    body: () => ({ name: 'X', iban: SOME_IBAN }),
  },
  'DELETE /api/beneficiaries/{id}': {
    scope: 'operations:write',
    member: 204,
    stranger: 404,
    target: beneficiary,
  },
  'POST /api/payees/verify': {
    scope: 'accounts:read',
    ...readers(200),
    body: () => ({ name: 'X', iban: SOME_IBAN }),
  },
  'GET /api/ledger/reconciliation': { scope: 'accounts:read', agent: 200 },
  'POST /api/ledger/reconciliation': { scope: 'accounts:read', agent: 200 },
  'POST /internal/people/{id}/leave': { peer: true },
  'GET /internal/people/{id}/accounts': { peer: true },
  'GET /api/accounts/setup-state': { scope: 'agents:manage', superuser: 200 },
};
