import { metrics } from '@guichet/http';
import type { Relay } from '@guichet/outbox';

/** Shows on the admin port how the events fare. */
export function observeOutbox(relay: Relay): void {
  metrics.gauge({ name: 'guichet_outbox_depth', help: 'Events that wait for NATS.' }, async () => {
    return (await relay.stats()).depth;
  });
  metrics.gauge(
    { name: 'guichet_outbox_oldest_seconds', help: 'Age of the oldest event that waits.' },
    async () => {
      return (await relay.stats()).oldestSeconds;
    },
  );
}
