import type { OperationKind, OperationStatus } from '@guichet/contract';
import { WHOLE_BANK_TIMEOUT_MS } from '../upstream/services.ts';
import type { Call, Page, Query } from './call.ts';

interface Rib {
  bank: string;
  branch: string;
  number: string;
  key: string;
}

export interface Account {
  id: string;
  owner_id: string;
  owner_name: string;
  name: string;
  type: 'current' | 'savings';
  currency: string;
  status: 'pending' | 'open' | 'rejected' | 'closed';
  rib: Rib | null;
  iban: string | null;
  bic: string | null;
  balance: number;
  held: number;
  available: number;
  overdraft: number;
  limits: { operation: number | null; day: number | null } | null;
  created_at: string;
  opened_at: string | null;
  closed_at: string | null;
}

interface UserRef {
  id: string;
  username: string;
}

export interface Decision {
  by: UserRef;
  decision: 'approve' | 'reject' | 'approved' | 'rejected';
  reason: string | null;
  at: string;
}

interface Payee {
  name: string | null;
  iban?: string | null;
  rib?: Rib | string | null;
}

export interface Operation {
  id: string;
  type: OperationKind;
  status: OperationStatus;
  amount: number | null;
  currency: string;
  account_id: string | null;
  from_account_id: string | null;
  to_account_id: string | null;
  to: Payee | null;
  reference: string | null;
  reason: string | null;
  /** The limits that a set_limits requests; null means the bank's limit. */
  limits: { operation: number | null; day: number | null } | null;
  requester: UserRef;
  required_approvals: number;
  decisions: Decision[];
  transfer_id: string | null;
  /** The transfer that reversed this one. */
  reversed_by_transfer_id: string | null;
  refusal: { code: string; title: string } | null;
  created_at: string;
  expires_at: string | null;
  decided_at: string | null;
}

export interface Entry {
  id: string;
  transfer_id: string;
  operation_id: string | null;
  posted_at: string;
  type: OperationKind;
  amount: number;
  currency: string;
  balance_after: number;
  counterparty: { name: string | null; iban: string | null } | null;
  reference: string | null;
  /** The transfer that reversed this one. */
  reversed_by_transfer_id?: string | null;
}

/** An entry that an operation posted; house accounts have no running balance. */
export interface OperationEntry extends Omit<Entry, 'balance_after'> {
  account_id: string;
  balance_after: number | null;
}

export interface Statement {
  account: Account;
  month: string;
  opening_balance: number;
  closing_balance: number;
  entries: Entry[];
}

export interface Beneficiary {
  id: string;
  name: string;
  iban: string;
  rib?: Rib | null;
  created_at?: string;
}

export type NewOperation =
  | { type: 'deposit'; account_id: string; amount: number; reference?: string }
  | { type: 'withdrawal'; account_id: string; amount: number; reference?: string; totp?: string }
  | {
      type: 'internal_transfer';
      from_account_id: string;
      to_account_id: string;
      amount: number;
      reference?: string;
    }
  | {
      type: 'external_transfer';
      from_account_id: string;
      to: { name: string } & AccountNumber;
      amount: number;
      reference?: string;
      totp?: string;
    }
  | { type: 'reversal'; transfer_id: string; reason: string };

/** An account number as a person typed it: one of the two forms. */
export type AccountNumber = { iban: string } | { rib: string };

export interface PayeeCheck {
  result: 'match' | 'close_match' | 'no_match' | 'not_possible';
  suggestion: string | null;
}

export interface DecisionOutcome {
  id: string;
  status: OperationStatus;
  error: { code: string; title: string } | null;
}

export interface Reconciliation {
  ok: boolean;
  checks: { name: string; ok: boolean; checked: number; broken: unknown }[];
  finished_at: string;
}

export type AccountsClient = ReturnType<typeof accountsClient>;

/** The accounts API, as the pages use it. Amounts are integers of minor units. */
export function accountsClient(call: Call) {
  return {
    list: (filter: Query = {}) => call<Page<Account>>({ path: '/api/accounts', query: filter }),
    account: (id: string) => call<Account>({ path: `/api/accounts/${id}` }),
    openAccount: (body: { name: string; type: string; currency?: string }, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: '/api/accounts', body, idempotencyKey }),
    rename: (id: string, name: string) =>
      call<Account>({ method: 'PATCH', path: `/api/accounts/${id}`, body: { name } }),
    close: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/accounts/${id}/close`, idempotencyKey }),
    renewRib: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/accounts/${id}/rib`, idempotencyKey }),
    /** The account as it is now, or the operation that a second agent must approve first. */
    setOverdraft: (id: string, amount: number, idempotencyKey: string) =>
      call<Account | Operation>({
        method: 'PUT',
        path: `/api/accounts/${id}/overdraft`,
        body: { amount },
        idempotencyKey,
      }),
    /** As `setOverdraft`. */
    setLimits: (
      id: string,
      limits: { operation: number | null; day: number | null },
      idempotencyKey: string,
    ) =>
      call<Account | Operation>({
        method: 'PUT',
        path: `/api/accounts/${id}/limits`,
        body: limits,
        idempotencyKey,
      }),
    transactions: (id: string, filter: Query = {}) =>
      call<Page<Entry>>({ path: `/api/accounts/${id}/transactions`, query: filter }),
    statement: (id: string, month: string) =>
      call<Statement>({ path: `/api/accounts/${id}/statement`, query: { month, format: 'json' } }),

    request: (operation: NewOperation, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: '/api/operations', body: operation, idempotencyKey }),
    operations: (filter: Query = {}) => call<Page<Operation>>({ path: '/api/operations', query: filter }),
    operation: (id: string) => call<Operation>({ path: `/api/operations/${id}` }),
    entriesOf: (operationId: string) =>
      call<Page<OperationEntry>>({ path: `/api/operations/${operationId}/entries` }),
    approve: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/operations/${id}/approve`, idempotencyKey }),
    reject: (id: string, reason: string, idempotencyKey: string) =>
      call<Operation>({
        method: 'POST',
        path: `/api/operations/${id}/reject`,
        body: { reason },
        idempotencyKey,
      }),
    cancel: (id: string, idempotencyKey: string) =>
      call<Operation>({ method: 'POST', path: `/api/operations/${id}/cancel`, idempotencyKey }),
    decide: (
      items: { id: string; decision: 'approve' | 'reject'; reason?: string }[],
      idempotencyKey: string,
    ) =>
      call<{ items: DecisionOutcome[] }>({
        method: 'POST',
        path: '/api/operations/decisions',
        body: { items },
        idempotencyKey,
      }),

    verifyPayee: (payee: { name: string } & AccountNumber) =>
      call<PayeeCheck>({ method: 'POST', path: '/api/payees/verify', body: payee }),
    beneficiaries: () => call<Page<Beneficiary>>({ path: '/api/beneficiaries', query: { limit: 200 } }),
    saveBeneficiary: (payee: { name: string } & AccountNumber, idempotencyKey: string) =>
      call<Beneficiary>({ method: 'POST', path: '/api/beneficiaries', body: payee, idempotencyKey }),
    removeBeneficiary: (id: string) => call<null>({ method: 'DELETE', path: `/api/beneficiaries/${id}` }),

    /** The last run; if there was none, it runs now. */
    reconciliation: () =>
      call<Reconciliation>({
        path: '/api/ledger/reconciliation',
        lane: 'documents',
        answerWithinMs: WHOLE_BANK_TIMEOUT_MS,
      }),
    reconcile: (idempotencyKey: string) =>
      call<Reconciliation>({
        method: 'POST',
        path: '/api/ledger/reconciliation',
        lane: 'documents',
        answerWithinMs: WHOLE_BANK_TIMEOUT_MS,
        idempotencyKey,
      }),
  };
}
