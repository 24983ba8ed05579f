import { AccountsStateView } from '@guichet/contract';
import {
  AccountView,
  type Beneficiary,
  BeneficiaryView,
  EntryView,
  PayeeCheckView,
  type Product,
  ProductView,
  type Reconciliation,
  ReconciliationView,
  StatementView,
} from '@guichet/contract/accounts';
import { accountsState } from '../bank-state.ts';
import { beneficiaries, buildAccount, buildEntries } from '../fixtures.ts';
import { alice } from './people.ts';
import { type Answers, byId, type Call, created, list, one } from './replies.ts';

export const household = buildAccount(1, alice);
export const savings = buildAccount(2, alice, {
  name: 'Holidays',
  type: 'savings',
  product: 'livret_a',
  accrued_interest: 28_437,
  balance: 1_250_000,
  held: 0,
  available: 1_250_000,
});
/** An account whose opening no agent has decided on yet. */
export const requested = buildAccount(3, alice, {
  name: 'Studio',
  status: 'pending',
  rib: null,
  iban: null,
  balance: 0,
  held: 0,
  available: 0,
  opened_at: null,
});
const accounts = [household, savings, requested];
/** An account that can be closed. No list has it. */
export const emptied = buildAccount(4, alice, { name: 'Old account', balance: 0, held: 0, available: 0 });

const NO_RATES = { interest_rate: 0, overdraft_rate: 0, monthly_fee: 0, minimum_balance: 0 };
const livretRates = { ...NO_RATES, interest_rate: 250, minimum_balance: 10_000 };
const products: Product[] = [
  {
    code: 'current',
    name: 'Current account',
    type: 'current',
    ...NO_RATES,
    overdraft_rate: 1_450,
    valid_from: '2026-09-01',
    rates: [{ ...NO_RATES, overdraft_rate: 1_450, valid_from: '2026-09-01' }],
  },
  { code: 'savings', name: 'Savings account', type: 'savings', ...NO_RATES, valid_from: null, rates: [] },
  {
    code: 'livret_a',
    name: 'Livret Avenir',
    type: 'savings',
    ...livretRates,
    valid_from: '2026-08-01',
    rates: [
      { ...livretRates, interest_rate: 275, valid_from: '2027-01-01' },
      { ...livretRates, valid_from: '2026-08-01' },
      { ...NO_RATES, interest_rate: 200, valid_from: '2026-07-01' },
    ],
  },
];

export function accountAnswers({ request, id }: Call): Answers {
  return {
    'GET /api/accounts': () =>
      list(AccountView, request.query.get('status') === 'open' ? [household, savings] : accounts),
    'GET /api/accounts/:id': () => one(AccountView, byId([...accounts, emptied], id)),
    'GET /api/accounts/:id/transactions': () => list(EntryView, entriesOf(id)),
    'GET /api/accounts/:id/statement': () =>
      one(StatementView, {
        account: household,
        month: '2026-11',
        opening_balance: 210_000,
        closing_balance: household.balance,
        entries: entriesOf(id).slice(0, 12),
      }),
    'GET /api/products': () => list(ProductView, products),
    'PUT /api/products/livret_a': () => one(ProductView, products[2]),
    'GET /api/beneficiaries': () => list(BeneficiaryView, beneficiaries),
    'POST /api/beneficiaries': () => created(BeneficiaryView, beneficiaries[0] as Beneficiary),
    'POST /api/payees/verify': () =>
      one(PayeeCheckView, { result: 'close_match', suggestion: 'Régie Immobilière du Parc' }),
    'GET /api/ledger/reconciliation': () => one(ReconciliationView, reconciliation),
    'POST /api/ledger/reconciliation': () => one(ReconciliationView, reconciliation),
    'GET /api/accounts/setup-state': () => one(AccountsStateView, accountsState),
  };
}

function entriesOf(id: string) {
  const account = byId(accounts, id) ?? household;
  return account.status === 'open' ? buildEntries(50, account) : [];
}

const reconciliation: Reconciliation = {
  ok: true,
  checks: [
    'balances_equal_entries',
    'held_equals_waiting_operations',
    'entries_sum_to_zero',
    'transfers_balance',
  ].map((name, index) => ({ name, ok: true, checked: 40 + index * 13, broken: [] })),
  scope: 'new',
  verified_up_to: '2026-11-20T16:29:59.000Z',
  last_full_run_at: '2026-11-20T02:10:00.000Z',
  finished_at: '2026-11-20T16:30:00.000Z',
};
