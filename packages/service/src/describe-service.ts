import type { OutboxState, ServiceState } from '@guichet/contract';
import { type Database, describeDatabase } from '@guichet/database';
import { countDeadLetters } from '@guichet/dead-letters';
import type { Relay } from '@guichet/outbox';
import { processDescriber, STATE_WITHIN_MS, type WatchedConsumer } from '@guichet/process';
import { within } from '@guichet/time';
import type { Service } from './start-service.ts';

type Described = Pick<Service<unknown>, 'db' | 'broker' | 'ready'> &
  Pick<Parameters<typeof processDescriber>[0], 'settings'>;

/** Like `processDescriber`, with the state of the database. */
export function serviceDescriber(
  service: Described,
  migrations: URL,
  consumers: readonly WatchedConsumer[],
): () => Promise<ServiceState> {
  const describeProcess = processDescriber(service, consumers);
  return async () => {
    const [state, database] = await Promise.all([
      describeProcess(),
      within(STATE_WITHIN_MS, describeDatabase(service.db, migrations)),
    ]);
    return { ...state, database };
  };
}

/** How many messages the service could not handle; null while the database does not answer. */
export async function describeDeadLetters(db: Database): Promise<number | null> {
  const counts = await within(STATE_WITHIN_MS, countDeadLetters(db));
  return counts && [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** What waits in the outbox; null while the database does not answer. */
export async function describeOutbox(relay: Pick<Relay, 'stats'>): Promise<OutboxState> {
  const stats = await within(STATE_WITHIN_MS, relay.stats());
  return stats && { waiting: stats.depth, oldest_seconds: stats.oldestSeconds, refused: stats.deadLetters };
}
