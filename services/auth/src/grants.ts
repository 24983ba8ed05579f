import type { TableGrants } from '@guichet/database';

/** The rights of the run-time user on each table, besides reading. */
export const GRANTS: TableGrants = {
  users: ['INSERT', 'UPDATE', 'DELETE'],
  sessions: ['INSERT', 'UPDATE', 'DELETE'],
  refresh_tokens: ['INSERT', 'UPDATE', 'DELETE'],
  revocations: ['INSERT', 'UPDATE', 'DELETE'],
  failed_attempts: ['INSERT', 'UPDATE', 'DELETE'],
  unfinished_sign_ins: ['INSERT', 'UPDATE', 'DELETE'],
  trusted_devices: ['INSERT', 'UPDATE', 'DELETE'],
  known_devices: ['INSERT', 'UPDATE', 'DELETE'],
  signing_keys: ['INSERT', 'UPDATE'],
  mailed_links: ['INSERT', 'DELETE'],
  quotas: ['INSERT', 'UPDATE', 'DELETE'],
  totp_secrets: ['INSERT', 'UPDATE', 'DELETE'],
  recovery_codes: ['INSERT', 'DELETE'],
  passkeys: ['INSERT', 'UPDATE', 'DELETE'],
  webauthn_challenges: ['INSERT', 'DELETE'],
  step_ups: ['INSERT', 'DELETE'],
  api_tokens: ['INSERT', 'UPDATE'],
  customer_notes: ['INSERT', 'DELETE'],
  viewings: ['INSERT', 'UPDATE'],
  outbox: ['INSERT', 'UPDATE', 'DELETE'],
  // Updated where an event is refused again that is already stored.
  outbox_dead_letters: ['INSERT', 'UPDATE', 'DELETE'],
  leases: ['INSERT', 'UPDATE'],
  scheduled_jobs: ['INSERT', 'UPDATE'],
};
