import { randomBytes } from 'node:crypto';
import { createCalendar } from '@guichet/calendar';
import type { ReceivedAuditEvent } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import type { Received } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { parseSigningKeys } from '@guichet/log-checkpoints';
import { buildServiceState, contractClient, testDatabase, testTokens } from '@guichet/testing';
import { createLoggingApp } from './app.ts';
import { GRANTS } from './grants.ts';
import { storeEvents } from './intake/store-events.ts';
import { denialRecorder } from './record-denial.ts';
import { openLogFeed } from './stream/log-feed.ts';
import { createStreamRegistry } from './stream/stream-registry.ts';

export const MIGRATIONS = new URL('../migrations', import.meta.url);

/** Keys that sign checkpoints; for tests. */
export function newCheckpointKeys() {
  return parseSigningKeys([randomBytes(32).toString('base64')]);
}

/** An event as a service would publish it; for tests. */
export function buildEvent(event: Partial<ReceivedAuditEvent> = {}): ReceivedAuditEvent {
  return {
    id: newId(),
    time: new Date().toISOString(),
    service: 'accounts',
    actor: null,
    action: 'TRANSFER_POSTED',
    level: 'INFO',
    subject: null,
    operation_id: null,
    concerns: [],
    correlation_id: null,
    traceparent: null,
    message: 'A transfer was posted',
    names: [],
    data: {},
    ...event,
  };
}

/** A message as the broker delivers it, which counts its acknowledgements; for tests. */
export function buildReceived(
  payload: unknown,
  message: Partial<Received> = {},
): Received & { acked: number } {
  const bytes = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  const received = {
    id: newId(),
    subject: 'log.system.info',
    data: bytes,
    sequence: 1,
    deliveries: 1,
    pending: 0,
    acked: 0,
    ack: () => {
      received.acked += 1;
    },
    retryAfter: () => undefined,
    working: () => undefined,
    ...message,
  };
  return received;
}

/** The logging service on a database of its own, with an HTTP client; for tests. */
export async function startTestLogging({ perUser = 3, tokens = testTokens() } = {}) {
  const {
    db: owner,
    runtime: db,
    drop,
    settings,
  } = await testDatabase({ migrations: MIGRATIONS, grants: GRANTS, pipelines: true });
  const feed = openLogFeed({ db, log: silentLog, pollMs: 20 });
  const streams = createStreamRegistry({ perUser, total: 100 });
  const clock = () => new Date();
  const checkpointKeys = newCheckpointKeys();
  const app = createLoggingApp({
    db,
    reads: { replicas: null, writer: db },
    log: silentLog,
    clock,
    calendar: createCalendar('Europe/Paris'),
    verify: tokens.verify,
    feed,
    streams,
    recordDenial: denialRecorder({ db, clock, log: silentLog, onStored: () => undefined }),
    checkpointKeys,
    describeSetup: async () => ({ ...buildServiceState(), dead_letters: null, chain: null }),
    ready: async () => [],
    peerName: (request) => String(request.headers['x-test-peer'] ?? '') || null,
  });
  const client = await contractClient(app, '/api/logs/openapi.json');
  return {
    db: owner,
    runtime: db,
    settings,
    tokens,
    client,
    streams,
    checkpointKeys,
    store: (...events: ReceivedAuditEvent[]) => storeEvents(db, events),
    async close() {
      streams.closeAll();
      await client.close();
      await feed.stop();
      await drop();
    },
  };
}
