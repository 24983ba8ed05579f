import { metrics } from '@guichet/metrics';
import type { Relay } from '@guichet/outbox';

/** Measures how many events wait in the service's outbox, and for how long. */
export function watchOutbox(relay: Pick<Relay, 'stats'>): void {
  metrics.gauges(
    {
      depth: {
        name: 'guichet_outbox_depth',
        help: 'Events waiting to be published to JetStream. The same on every replica: take the maximum.',
      },
      oldestSeconds: {
        name: 'guichet_outbox_oldest_age_seconds',
        help: 'Age of the oldest event waiting to be published to JetStream. The same on every replica: take the maximum.',
      },
      deadLetters: {
        name: 'guichet_outbox_dead_letters',
        help: 'Events that the broker refused permanently, kept for an operator. The same on every replica: take the maximum.',
      },
    },
    async () => ({ ...(await relay.stats()) }),
  );
}
