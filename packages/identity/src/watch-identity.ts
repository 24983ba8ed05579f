import { metrics } from '@guichet/http';

/** What is known of ended sessions. */
export interface RevocationState {
  /** Seconds since auth's list of ended sessions was last read. */
  unconfirmedSeconds(): number;
  /** Ended sessions that are kept. */
  revocationsHeld(): number;
}

/** Shows how old the knowledge of ended sessions is. */
export function watchIdentity(identity: RevocationState): void {
  metrics.gauge(
    {
      name: 'guichet_revocations_unconfirmed_seconds',
      help: "Seconds since auth's list of ended sessions was last read; what ended since is known only as far as NATS delivers it.",
    },
    () => identity.unconfirmedSeconds(),
  );
  metrics.gauge(
    { name: 'guichet_revocations_held', help: 'Ended sessions and API tokens whose use is refused.' },
    () => identity.revocationsHeld(),
  );
}
