import {
  OperationView,
  OrderTermsView,
  type StandingOrder,
  StandingOrderView,
} from '@guichet/contract/accounts';
import { buildOperation, fakeId } from '../fixtures.ts';
import { household, savings } from './accounts.ts';
import { alice } from './people.ts';
import { type Answers, byId, type Call, created, list, one } from './replies.ts';

const rent: StandingOrder = {
  id: fakeId(15, 1),
  status: 'active',
  every: 'month',
  first_on: '2026-10-31',
  last_on: null,
  replaces_id: fakeId(15, 3),
  from_account_id: household.id,
  to_account_id: null,
  to: { name: 'Régie Immobilière du Parc', iban: 'FR7630006000011234567890189' },
  payee_check: 'not_possible',
  amount: 84_000,
  currency: 'EUR',
  reference: 'Rent',
  requester: { id: alice.id, username: alice.username },
  next_dates: ['2026-11-30', '2026-12-31', '2027-01-31', '2027-02-28', '2027-03-31'],
  next_execution_dates: ['2026-11-30', '2026-12-31', '2027-02-01', '2027-03-01', '2027-03-31'],
  last_result: 'posted',
  last_operation_id: fakeId(3, 301),
  refusal: null,
  created_at: '2026-10-20T08:41:12.000Z',
};
const saving: StandingOrder = {
  ...rent,
  id: fakeId(15, 2),
  status: 'suspended',
  every: 'week',
  replaces_id: null,
  to_account_id: savings.id,
  to: null,
  payee_check: null,
  amount: 5_000,
  reference: null,
  next_dates: [],
  next_execution_dates: [],
  last_result: 'skipped',
  refusal: { code: 'account_not_open', title: 'Account not open' },
};
const ended: StandingOrder = {
  ...rent,
  id: fakeId(15, 3),
  status: 'ended',
  replaces_id: null,
  next_dates: [],
  next_execution_dates: [],
  last_result: null,
  last_operation_id: null,
};
const waiting: StandingOrder = {
  ...ended,
  id: fakeId(15, 4),
  status: 'pending',
  last_on: '2027-10-31',
  next_dates: ['2026-12-05'],
  next_execution_dates: ['2026-12-07'],
};
const paused: StandingOrder = { ...saving, id: fakeId(15, 5), status: 'paused', refusal: null };
export const standingOrders = [waiting, paused, saving, rent, ended];

/** The request of each, which the list of operations leaves out. */
export const orderRequests = standingOrders.map((order, index) =>
  buildOperation(400 + index, alice, {
    id: order.id,
    type: 'standing_order',
    status: order.status === 'pending' ? 'pending' : 'posted',
    amount: order.amount,
    to: order.to,
    terms: OrderTermsView.parse(order),
  }),
);

export const payments = ['2026-10-31', '2026-09-30'].map((date, index) =>
  buildOperation(300 + index, alice, {
    status: index === 0 ? 'posted' : 'expired',
    refusal: index === 0 ? null : { code: 'insufficient_funds', title: 'Insufficient funds' },
    execute_on: date,
    required_approvals: 0,
    standing_order_id: rent.id,
  }),
);

export function standingOrderAnswers({ id }: Call): Answers {
  const order = byId(standingOrders, id);
  return {
    'GET /api/standing-orders': () => list(StandingOrderView, standingOrders),
    'POST /api/standing-orders': () => created(OperationView, orderRequests[0] as (typeof orderRequests)[0]),
    'GET /api/standing-orders/:id': () => one(StandingOrderView, order),
    'GET /api/standing-orders/:id/payments': () => list(OperationView, id === rent.id ? payments : []),
    'DELETE /api/standing-orders/:id': () => ({ status: 204 }),
    'POST /api/standing-orders/:id/pause': () =>
      one(StandingOrderView, order === undefined ? undefined : { ...order, status: 'paused' }),
    'POST /api/standing-orders/:id/resume': () =>
      one(StandingOrderView, order === undefined ? undefined : { ...order, status: 'active' }),
  };
}
