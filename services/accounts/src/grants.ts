import type { TableGrants } from '@guichet/database';

/** What accounts may do with its tables while it runs, beyond reading them. The ledger and the decisions are only ever added to. */
export const GRANTS: TableGrants = {
  people: ['INSERT', 'UPDATE'],
  accounts: ['INSERT', 'UPDATE'],
  ribs: ['INSERT', 'UPDATE'],
  operations: ['INSERT', 'UPDATE'],
  decisions: ['INSERT'],
  transfers: ['INSERT'],
  entries: ['INSERT'],
  beneficiaries: ['INSERT', 'UPDATE', 'DELETE'],
  payee_checks: ['INSERT', 'UPDATE', 'DELETE'],
  idempotency_keys: ['INSERT', 'UPDATE', 'DELETE'],
  chores: ['INSERT', 'UPDATE'],
  dead_letters: ['INSERT', 'UPDATE', 'DELETE'],
  outbox: ['INSERT', 'UPDATE', 'DELETE'],
  sole_approvals: ['INSERT', 'UPDATE'],
  sent_sums: ['INSERT', 'UPDATE'],
  outbox_dead_letters: ['INSERT', 'DELETE'],
  outbox_lease: ['INSERT', 'UPDATE', 'DELETE'],
};
