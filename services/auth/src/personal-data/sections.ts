import type { AuthSection } from '@guichet/contract/personal-data';

export interface Section {
  table: string;
  /** The user's rows are read in its order. */
  key: string;
  /** The columns of the export. The others have their reason in the test beside this file. */
  columns: readonly string[];
  /** Columns with 0 or 1. */
  flags?: readonly string[];
}

/** The lists of what auth holds about a person. */
export const SECTIONS: Readonly<Record<AuthSection, Section>> = {
  sessions: {
    table: 'sessions',
    key: 'id',
    columns: [
      'id',
      'created_at',
      'last_used_at',
      'expires_at',
      'ended_at',
      'end_reason',
      'user_agent',
      'ip',
      'device_id',
      'second_factor',
    ],
    flags: ['second_factor'],
  },
  unfinished_sign_ins: {
    table: 'unfinished_sign_ins',
    key: 'ticket_hash',
    columns: ['device_id', 'failures', 'created_at', 'expires_at'],
  },
  trusted_devices: {
    table: 'trusted_devices',
    key: 'id',
    columns: ['id', 'failures', 'created_at', 'last_used_at'],
  },
  known_devices: {
    table: 'known_devices',
    key: 'device_hash',
    columns: ['first_seen_at', 'last_seen_at'],
  },
  authenticator_apps: {
    table: 'totp_secrets',
    key: 'user_id',
    columns: ['created_at', 'confirmed_at'],
  },
  passkeys: {
    table: 'passkeys',
    key: 'id',
    columns: [
      'id',
      'name',
      'transports',
      'aaguid',
      'backup_eligible',
      'backed_up',
      'created_at',
      'last_used_at',
    ],
    flags: ['backup_eligible', 'backed_up'],
  },
  passkey_challenges: {
    table: 'webauthn_challenges',
    key: 'id',
    columns: ['purpose', 'session_id', 'amount', 'currency', 'iban', 'expires_at'],
  },
  confirmed_payments: {
    table: 'step_ups',
    key: 'token_hash',
    columns: ['session_id', 'passkey_id', 'amount', 'currency', 'iban', 'expires_at'],
  },
  api_tokens: {
    table: 'api_tokens',
    key: 'id',
    columns: ['id', 'name', 'scopes', 'created_at', 'expires_at', 'last_used_at', 'revoked_at'],
  },
  mailed_links: {
    table: 'mailed_links',
    key: 'token_hash',
    columns: ['purpose', 'email', 'session_id', 'created_at', 'expires_at'],
  },
};
