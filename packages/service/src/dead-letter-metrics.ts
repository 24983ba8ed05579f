import type { Database } from '@guichet/database';
import { countDeadLetters } from '@guichet/dead-letters';
import { metrics } from '@guichet/metrics';

/** Measures the dead letters that the service keeps for an operator, by stream. */
export function watchDeadLetters(db: Database, streams: readonly string[]): void {
  metrics.gauge(
    {
      name: 'guichet_dead_letters',
      help: 'Messages that the service could not handle, kept for an operator. The same on every replica: take the maximum.',
      labelNames: ['stream'],
    },
    async () => {
      const counts = await countDeadLetters(db);
      return streams.map((stream) => [{ stream }, counts.get(stream) ?? 0]);
    },
  );
}
