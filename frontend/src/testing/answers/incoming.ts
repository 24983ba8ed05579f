import { type IncomingItem, IncomingItemView, OperationView } from '@guichet/contract/accounts';
import { buildOperation, fakeId } from '../fixtures.ts';
import { household } from './accounts.ts';
import { bruno } from './people.ts';
import { type Answers, byId, type Call, created, list, one } from './replies.ts';

/** A file that was approved. */
export const receivedFile = buildOperation(500, bruno, {
  id: fakeId(18, 1),
  type: 'incoming_payments',
  status: 'posted',
  amount: 512_000,
  from_account_id: null,
  to: null,
  payee_check: null,
  reference: null,
  transfer_id: fakeId(18, 1),
  file: { message_id: 'SALARIES-2026-11', count: 4, total: 612_000 },
});

const salary: IncomingItem = {
  id: fakeId(19, 1),
  operation_id: receivedFile.id,
  end_to_end_id: 'SALARY-2026-11-0001',
  amount: 256_000,
  currency: 'EUR',
  debtor: { name: 'Ateliers de la Garonne SARL', iban: 'DE89370400440532013000' },
  creditor_iban: household.iban,
  reference: 'Salary November 2026',
  status: 'credited',
  account_id: household.id,
  reason: null,
  resolution_id: null,
  acceptance_id: null,
  created_at: '2026-11-28T07:12:00.000Z',
};
const unknown: IncomingItem = {
  ...salary,
  id: fakeId(19, 2),
  end_to_end_id: 'SALARY-2026-11-0002',
  creditor_iban: 'FR7630006000011234567890189',
  status: 'suspense',
  account_id: null,
  reason: 'account_not_found',
};
const requested: IncomingItem = {
  ...unknown,
  id: fakeId(19, 3),
  reason: 'retired_rib',
  resolution_id: fakeId(3, 1),
};
const nameless: IncomingItem = {
  ...unknown,
  id: fakeId(19, 4),
  end_to_end_id: 'NOTPROVIDED',
  debtor: { name: null, iban: null },
  creditor_iban: null,
  reference: null,
  status: 'duplicate',
  reason: null,
};
const returned: IncomingItem = { ...unknown, id: fakeId(19, 5), status: 'returned' };
/** A duplicate whose posting waits for another agent, and one that was posted. */
const acceptedSoon: IncomingItem = { ...nameless, id: fakeId(19, 6), acceptance_id: fakeId(3, 1) };
const accepted: IncomingItem = { ...salary, id: fakeId(19, 7), acceptance_id: fakeId(3, 1) };
export const incomingItems = [salary, unknown, requested, nameless, returned, acceptedSoon, accepted];

export function incomingAnswers({ id }: Call): Answers {
  return {
    'POST /api/payments/incoming': () => ({ ...created(OperationView, receivedFile), status: 202 }),
    'POST /api/payments/returns': () => ({ ...created(OperationView, receivedFile), status: 202 }),
    'GET /api/payments/incoming/:id/items': () =>
      list(IncomingItemView, id === receivedFile.id ? incomingItems : []),
    'GET /api/payments/suspense': () => list(IncomingItemView, [unknown, requested]),
    'GET /api/payments/suspense/:id': () => one(IncomingItemView, byId(incomingItems, id)),
    'GET /api/payments/duplicates/:id': () => one(IncomingItemView, byId(incomingItems, id)),
    'POST /api/payments/duplicates/:id/accept': () => created(OperationView, receivedFile),
    'POST /api/payments/suspense/:id/assign': () => created(OperationView, receivedFile),
    'POST /api/payments/suspense/:id/return': () => created(OperationView, receivedFile),
  };
}
