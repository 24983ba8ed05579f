import type { AccountsState, AuthState, LoggingState, ProcessState } from '@guichet/contract';

// A bank in which nothing is wrong, as its processes describe their set-up.

export const frontendState: ProcessState = {
  release: '0.1.0',
  missing: [],
  certificates: { own: '2099-02-20T00:00:00.000Z', authority: '2099-11-20T00:00:00.000Z' },
  event_keys: { own: 1, without_key: [] },
  nats: { connected: true, consumers: [] },
};

const serviceState = {
  ...frontendState,
  database: { version: '11.8.3-MariaDB', writable: true, migrations: { applied: 1, expected: 1 } },
};

export const authState: AuthState = {
  ...serviceState,
  outbox: { waiting: 0, oldest_seconds: 0, refused: 0 },
  signing_keys: {
    items: [
      {
        kid: 'b3Vyc2lnbmluZ2tleWlzbmV2ZXJhc2VjcmV0aGVyZTE',
        state: 'signing',
        since: '2026-11-01T08:00:00.000Z',
      },
    ],
    next_rotation_at: '2099-12-01T08:00:00.000Z',
  },
};

export const accountsState: AccountsState = {
  ...serviceState,
  nats: {
    connected: true,
    consumers: [
      { stream: 'USERS', consumer: 'accounts-people', waiting: 0 },
      { stream: 'REVOCATIONS', consumer: 'accounts-revocations', waiting: 0 },
    ],
  },
  outbox: { waiting: 3, oldest_seconds: 0.4, refused: 0 },
  dead_letters: 0,
};

export const loggingState: LoggingState = {
  ...serviceState,
  nats: { connected: true, consumers: [{ stream: 'LOG', consumer: 'logging', waiting: 2 }] },
  dead_letters: 0,
  chain: { head: 1_204, verified: { at: '2099-11-20T16:00:00.000Z', ok: true, checked: 1_204 } },
};
