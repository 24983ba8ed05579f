import { metrics } from '@guichet/http';
import type { Relay } from '@guichet/outbox';
import type { Bank } from './bank.ts';
import type { Desk } from './desk.ts';
import { measureWaitingOperations } from './operations/store.ts';

/** What Prometheus asks this service beside HTTP durations: what waits, where, and for how long. */
export function watchBank({ bank, desk, relay }: { bank: Bank; desk: Desk; relay: Relay }): void {
  metrics.gauge(
    { name: 'guichet_outbox_depth', help: 'Events that wait for JetStream.' },
    async () => (await relay.stats()).depth,
  );
  metrics.gauge(
    { name: 'guichet_outbox_oldest_seconds', help: 'Age of the oldest event that waits for JetStream.' },
    async () => (await relay.stats()).oldestSeconds,
  );
  metrics.gauge(
    { name: 'guichet_desk_requests_waiting', help: 'Requests in memory that wait for a batch.' },
    () => desk.waiting.requests,
  );
  metrics.gauge(
    { name: 'guichet_desk_decisions_waiting', help: 'Decisions in memory that wait for a batch.' },
    () => desk.waiting.decisions,
  );
  metrics.gauge(
    { name: 'guichet_operations_waiting', help: 'Operations that wait for a decision.' },
    async () => (await measureWaitingOperations(bank.db)).count,
  );
  metrics.gauge(
    { name: 'guichet_operations_oldest_waiting_seconds', help: 'Age of the oldest operation that waits.' },
    async () => {
      const { oldest } = await measureWaitingOperations(bank.db);
      return oldest === null ? 0 : (bank.clock().getTime() - oldest.getTime()) / 1000;
    },
  );
}
