import type { Role } from '@guichet/contract';
import { type Operation, OperationEntryView, OperationView } from '@guichet/contract/accounts';
import { buildEntries, buildOperation, fakeId } from '../fixtures.ts';
import type { Received } from '../messages.ts';
import { emptied, household, requested } from './accounts.ts';
import { receivedFile } from './incoming.ts';
import { interestRuns } from './interest-runs.ts';
import { sentTransfer } from './payments.ts';
import { alice, bruno } from './people.ts';
import { type Answers, byId, type Call, created, list, one } from './replies.ts';
import { orderRequests, payments } from './standing-orders.ts';

export const pendingTransfer = buildOperation(1, alice);
export const postedTransfer = buildOperation(2, alice, {
  status: 'posted',
  decisions: [
    {
      by: { id: bruno.id, username: 'bruno' },
      decision: 'approve',
      reason: null,
      at: '2026-11-20T16:20:00.000Z',
    },
  ],
  transfer_id: fakeId(3, 2),
  decided_at: '2026-11-20T16:20:00.000Z',
});
const rejected = buildOperation(3, alice, {
  type: 'withdrawal',
  status: 'rejected',
  to: null,
  from_account_id: null,
  account_id: household.id,
  decisions: [
    {
      by: { id: bruno.id, username: 'bruno' },
      decision: 'reject',
      reason: 'Come in person',
      at: '2026-11-18T10:02:00.000Z',
    },
  ],
  decided_at: '2026-11-18T10:02:00.000Z',
});
/** Dated from today, because only recent refusals are news. */
const daysAgo = (days: number): string => new Date(Date.now() - days * 24 * 3_600_000).toISOString();
export const refusedTransfer = buildOperation(6, alice, {
  status: 'rejected',
  amount: 12_500,
  to: { name: 'Atelier Vasseur', iban: 'FR7630006000011234567890189' },
  reference: 'Invoice 1182',
  decisions: [
    {
      by: { id: bruno.id, username: 'bruno' },
      decision: 'reject',
      reason: 'The invoice is for someone else',
      at: daysAgo(2),
    },
  ],
  created_at: daysAgo(3),
  decided_at: daysAgo(2),
});
const opening = buildOperation(4, alice, {
  type: 'open_account',
  amount: null,
  to: null,
  from_account_id: null,
  account_id: requested.id,
  reference: null,
});
const large = buildOperation(5, alice, {
  amount: 1_850_000,
  required_approvals: 2,
  reference: 'Studio, deposit',
});
const operations = [refusedTransfer, pendingTransfer, postedTransfer, rejected, opening, large];

/** Enough to need pages; only agents see them. */
const many = Array.from({ length: 60 }, (_, index) =>
  buildOperation(200 + index, alice, { amount: 1_200 + index * 997, reference: null }),
);
export const allOperations = [...operations, ...many];

export function operationAnswers({ request, role, id }: Call): Answers {
  const decided = (status: Operation['status']) => one(OperationView, { ...pendingTransfer, status });
  const requestedAs = (type: Operation['type']) => created(OperationView, { ...pendingTransfer, type });
  return {
    'GET /api/operations': () => list(OperationView, operationsFor(request, role)),
    'GET /api/operations/:id': () =>
      one(
        OperationView,
        byId(
          [
            ...allOperations,
            ...orderRequests,
            ...payments,
            // Only agents see the batch.
            role === 'agent' ? sentTransfer : { ...sentTransfer, batch_id: null },
            receivedFile,
            ...interestRuns,
          ],
          id,
        ),
      ),
    'GET /api/operations/:id/entries': () => list(OperationEntryView, postingsOf(id, role)),
    'POST /api/operations': () => created(OperationView, pendingTransfer),
    'POST /api/accounts': () => created(OperationView, opening),
    'POST /api/accounts/:id/close': () => requestedAs('close_account'),
    'POST /api/accounts/:id/rib': () => requestedAs('renew_rib'),
    'POST /api/operations/:id/approve': () => decided('posted'),
    'POST /api/operations/:id/reject': () => decided('rejected'),
    'POST /api/operations/:id/cancel': () => decided('cancelled'),
  };
}

function operationsFor({ query }: Received, role: Role): Operation[] {
  const status = query.get('status');
  if (query.get('account') === emptied.id) return [];
  if (query.get('type') === 'interest_run') return interestRuns;
  const all = role === 'agent' ? allOperations : operations;
  const ids = query.get('ids')?.split(',');
  if (query.get('type') === 'incoming_payments') return [receivedFile];
  if (query.get('type') === 'returned_payments') return [];
  if (ids !== undefined) return all.filter(({ id }) => ids.includes(id));
  return status === null ? all : all.filter((operation) => operation.status === status);
}

/** Members get their own side only. */
function postingsOf(operationId: string, role: Role) {
  if (operationId !== postedTransfer.id) return [];
  return buildEntries(1, household).flatMap((entry) => {
    const common = { ...entry, operation_id: operationId };
    const own = { ...common, account_id: household.id, amount: -84_000 };
    const other = { ...common, account_id: 'house:clearing:EUR', amount: 84_000, balance_after: null };
    return role === 'member' ? [own] : [other, own];
  });
}
