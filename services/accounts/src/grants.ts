import type { TableGrants } from '@guichet/database';

/** The rights of the run-time user on each table, besides reading. Ledger rows and decisions can only be added. */
export const GRANTS: TableGrants = {
  people: ['INSERT', 'UPDATE'],
  accounts: ['INSERT', 'UPDATE'],
  ribs: ['INSERT', 'UPDATE'],
  operations: ['INSERT', 'UPDATE'],
  due_operations: ['INSERT', 'UPDATE', 'DELETE'],
  standing_orders: ['INSERT', 'UPDATE'],
  standing_order_payments: ['INSERT'],
  decisions: ['INSERT'],
  viewings: ['INSERT', 'UPDATE'],
  transfers: ['INSERT'],
  entries: ['INSERT'],
  beneficiaries: ['INSERT', 'UPDATE', 'DELETE'],
  payee_checks: ['INSERT', 'UPDATE', 'DELETE'],
  idempotency_keys: ['INSERT', 'UPDATE', 'DELETE'],
  reconciliation_checkpoint: ['INSERT', 'UPDATE', 'DELETE'],
  reconciled_accounts: ['INSERT', 'UPDATE'],
  reconciled_waiting: ['INSERT', 'DELETE'],
  digests: ['INSERT'],
  scheduled_jobs: ['INSERT', 'UPDATE'],
  dead_letters: ['INSERT', 'UPDATE', 'DELETE'],
  outbox: ['INSERT', 'UPDATE', 'DELETE'],
  sole_approvals: ['INSERT', 'UPDATE'],
  sent_sums: ['INSERT', 'UPDATE', 'DELETE'],
  // Updated where an event is refused again that is already stored.
  outbox_dead_letters: ['INSERT', 'UPDATE', 'DELETE'],
  leases: ['INSERT', 'UPDATE'],
};
