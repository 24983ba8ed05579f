import type { TableGrants } from '@guichet/database';

/** The rights of the run-time user on each table, besides reading. Entries and checkpoints can only be added. */
export const GRANTS: TableGrants = {
  log_entries: ['INSERT'],
  log_concerns: ['INSERT'],
  log_checkpoints: ['INSERT'],
  log_months: [],
  log_dropped_months: [],
  log_chain: ['UPDATE'],
  log_hours: ['INSERT', 'UPDATE'],
  log_counts: ['INSERT', 'UPDATE'],
  log_group_counts: ['INSERT', 'UPDATE'],
  log_actor_counts: ['INSERT', 'UPDATE'],
  log_words: ['INSERT', 'UPDATE'],
  person_words: ['INSERT', 'UPDATE', 'DELETE'],
  dead_letters: ['INSERT', 'UPDATE', 'DELETE'],
  people: ['INSERT', 'UPDATE'],
  person_keys: ['INSERT', 'UPDATE'],
  scheduled_jobs: ['INSERT', 'UPDATE'],
  leases: ['INSERT', 'UPDATE'],
};
