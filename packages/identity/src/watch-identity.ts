import { metrics } from '@guichet/metrics';

/** The state of this process's list of ended sessions. */
export interface RevocationState {
  /** Seconds since auth's list of ended sessions was last read. */
  unconfirmedSeconds(): number;
  /** How many ended sessions and API tokens are kept. */
  revocationsHeld(): number;
}

/** Measures the age and size of the list of ended sessions. */
export function watchIdentity(identity: RevocationState): void {
  metrics.gauge(
    {
      name: 'guichet_revocations_unconfirmed_seconds',
      help: "Seconds since auth's list of ended sessions was last read; sessions that ended since then are known only through NATS.",
    },
    () => identity.unconfirmedSeconds(),
  );
  metrics.gauge(
    { name: 'guichet_revocations_held', help: 'Ended sessions and API tokens that are refused.' },
    () => identity.revocationsHeld(),
  );
}
