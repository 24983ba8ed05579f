import type { ServiceState } from '@guichet/contract';

/** The state of a service's set-up in which nothing is wrong; for tests. */
export function buildServiceState(changes: Partial<ServiceState> = {}): ServiceState {
  return {
    release: '0.1.0',
    missing: [],
    certificates: { own: '2027-02-20T00:00:00.000Z', authority: '2036-11-20T00:00:00.000Z' },
    event_keys: { own: 1, without_key: [] },
    nats: { connected: true, consumers: [] },
    database: { version: '11.8.3-MariaDB', writable: true, migrations: { applied: 1, expected: 1 } },
    ...changes,
  };
}
