import type { TableGrants } from '@guichet/database';

/** What logging may do with its tables while it runs, beyond reading them. Entries are only ever added. */
export const GRANTS: TableGrants = {
  log_entries: ['INSERT'],
  log_concerns: ['INSERT'],
  log_chain: ['UPDATE'],
  log_hours: ['INSERT', 'UPDATE'],
  dead_letters: ['INSERT', 'UPDATE', 'DELETE'],
  people: ['INSERT', 'UPDATE'],
  chores: ['INSERT', 'UPDATE'],
};
