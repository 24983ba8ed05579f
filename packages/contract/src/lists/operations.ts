/** Everything that customers request from agents, and agents from other agents. */
export const OPERATION_KINDS = [
  'deposit',
  'withdrawal',
  'internal_transfer',
  'external_transfer',
  'open_account',
  'close_account',
  'renew_rib',
  'reversal',
  'set_overdraft',
  'set_limits',
  'standing_order',
  'incoming_payments',
  'incoming_payment',
  'returned_payments',
  'suspense_assignment',
  'suspense_return',
  'duplicate_acceptance',
  'interest_run',
  'interest',
  'overdraft_interest',
  'fee',
] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

/**
 * What a kind does with money. `reserves`: its amount is reserved on an account of its requester while it waits; a reversal reserves money
 * too, but on an account of someone else. `reversible`: agents are offered its reversal once it is posted.
 */
export const KIND_EFFECTS = {
  deposit: { reserves: false, reversible: true },
  withdrawal: { reserves: true, reversible: true },
  internal_transfer: { reserves: true, reversible: true },
  external_transfer: { reserves: true, reversible: true },
  open_account: { reserves: false, reversible: false },
  close_account: { reserves: false, reversible: false },
  renew_rib: { reserves: false, reversible: false },
  reversal: { reserves: false, reversible: false },
  set_overdraft: { reserves: false, reversible: false },
  set_limits: { reserves: false, reversible: false },
  standing_order: { reserves: false, reversible: false },
  incoming_payments: { reserves: false, reversible: false },
  incoming_payment: { reserves: false, reversible: true },
  returned_payments: { reserves: false, reversible: false },
  suspense_assignment: { reserves: false, reversible: true },
  suspense_return: { reserves: false, reversible: false },
  duplicate_acceptance: { reserves: false, reversible: false },
  interest_run: { reserves: false, reversible: false },
  interest: { reserves: false, reversible: true },
  overdraft_interest: { reserves: false, reversible: true },
  fee: { reserves: false, reversible: true },
} as const satisfies Record<OperationKind, { reserves: boolean; reversible: boolean }>;

export const OPERATION_STATUSES = [
  'pending',
  'approved',
  'posted',
  'rejected',
  'cancelled',
  'expired',
] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/**
 * What can happen to an operation. `approve_first` is the first approval of two; `schedule` the approval of one with a date, which `execute` posts
 * on its day, unless it has to `fail`.
 */
export const OPERATION_STEPS = [
  'approve_first',
  'approve',
  'schedule',
  'execute',
  'fail',
  'reject',
  'cancel',
  'expire',
] as const;
export type OperationStep = (typeof OPERATION_STEPS)[number];

/** The codes of the refusals for which a transfer with a date can't be executed on its day; the last one is only for standing orders. */
export const EXECUTION_REFUSALS = [
  'insufficient_funds',
  'account_not_open',
  'retired_rib',
  'currency_mismatch',
  'balance_too_large',
  'customer_not_active',
] as const;
export type ExecutionRefusal = (typeof EXECUTION_REFUSALS)[number];

/** What an agent can decide. */
export const DECISIONS = ['approve', 'reject'] as const satisfies readonly OperationStep[];
export type DecisionKind = (typeof DECISIONS)[number];

/** The words by which the first system filtered operations and log entries; each covers several kinds. */
export const OPERATION_FAMILIES = {
  VIREMENT: ['internal_transfer', 'external_transfer', 'incoming_payment'],
  DEPOT: ['deposit'],
  RETRAIT: ['withdrawal'],
  COMPTE: ['open_account', 'close_account', 'renew_rib', 'set_overdraft', 'set_limits'],
} as const satisfies Record<string, readonly OperationKind[]>;
export type OperationFamily = keyof typeof OPERATION_FAMILIES;

/** How a payee's name compares with the verified name of the account's holder. */
export const PAYEE_CHECK_RESULTS = ['match', 'close_match', 'no_match', 'not_possible'] as const;
export type PayeeCheckResult = (typeof PAYEE_CHECK_RESULTS)[number];
