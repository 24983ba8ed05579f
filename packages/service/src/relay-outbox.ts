import { type Relay, startRelay } from '@guichet/outbox';
import { watchOutbox } from './outbox-metrics.ts';
import type { Service } from './start-service.ts';

/** Publishes the service's outbox until the service stops, and measures it. */
export function relayOutbox({ db, broker, log, keep }: Service<unknown>): Relay {
  const relay = keep('outbox', startRelay({ db, broker, log }));
  watchOutbox(relay);
  return relay;
}
