import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsSettings } from '@guichet/config';
import type { Log } from '@guichet/log';
import { connect, headers, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import { ensureStreams, type StreamName } from './streams.ts';

/** A service's way to JetStream. NATS may be away at any time, at the start too: nothing here stops the bank. */
export interface Broker {
  /** Whether NATS is connected and the streams are there. */
  ready(): boolean;
  /** Resolves once connected and the streams are there; rejects when the broker is closed. */
  whenReady(): Promise<{ jetstream: JetStreamClient; manager: JetStreamManager }>;
  /**
   * Stores one message; resolves when JetStream has it on disk (on a majority, where there are replicas).
   * @throws where it has no answer in time: the message may or may not be stored, and is known again by its id
   */
  publish(message: { id: string; subject: string; payload: Uint8Array }): Promise<void>;
  /** Says what hangs over, then closes. */
  close(): Promise<void>;
}

const PUBLISH_TIMEOUT_MS = 5_000;

/** Connects in the background and for ever, and makes sure of `streams` at each connection. Returns at once. */
export function connectBroker(options: {
  name: string;
  settings: NatsSettings & { TLS_DIRECTORY: string };
  streams: readonly StreamName[];
  log: Log;
}): Broker {
  const { name, settings, streams, log } = options;
  const closing = new AbortController();
  let connection: NatsConnection | null = null;
  let streamsAreThere = false;
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  async function open(): Promise<void> {
    const opened = await connect({
      name,
      servers: settings.NATS_SERVERS,
      ...(settings.NATS_USER === undefined ? {} : { user: settings.NATS_USER }),
      ...(settings.NATS_PASSWORD === undefined ? {} : { pass: settings.NATS_PASSWORD }),
      ...(settings.NATS_TLS === 'off' ? {} : { tls: readTls(settings.TLS_DIRECTORY) }),
      inboxPrefix: `_INBOX_${name}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      timeout: 5_000,
      pingInterval: 10_000,
      maxPingOut: 2,
    });
    connection = opened;
    log.info({ server: opened.getServer() }, 'connected to NATS');
    void watchStatus(opened);
    await makeStreams(opened);
  }

  async function watchStatus(opened: NatsConnection): Promise<void> {
    for await (const status of opened.status()) {
      if (status.type === 'disconnect') {
        streamsAreThere = false;
        log.warn('NATS is away; events wait in the outbox');
      } else if (status.type === 'reconnect') {
        log.info('NATS is back');
        void makeStreams(opened);
      } else if (status.type === 'error') {
        log.warn({ reason: String(status.data) }, 'NATS reports an error');
      }
    }
  }

  // A cluster that has just come up has no leader for a while: this is tried until it works or the connection is gone.
  async function makeStreams(opened: NatsConnection): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted && !opened.isClosed(); attempt += 1) {
      try {
        const manager = await opened.jetstreamManager({ timeout: 5_000 });
        await ensureStreams(manager, streams, settings.NATS_REPLICAS);
        streamsAreThere = true;
        for (const { resolve } of waiting.splice(0)) resolve();
        return;
      } catch (error) {
        if (attempt % 10 === 0) log.warn({ err: error }, 'the streams cannot be made yet');
        await sleep(Math.min(200 * 2 ** attempt, 5_000));
      }
    }
  }

  async function keepOpening(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      try {
        return await open();
      } catch (error) {
        if (attempt % 10 === 0) log.warn({ err: error }, 'NATS cannot be reached yet');
        await sleep(Math.min(200 * 2 ** attempt, 3_000), undefined, { signal: closing.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  const opening = keepOpening();

  const broker: Broker = {
    ready: () => streamsAreThere && connection !== null && !connection.isClosed(),
    async whenReady() {
      if (closing.signal.aborted) throw new Error('the broker is closed');
      if (!broker.ready()) {
        await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
      }
      const opened = connection as NatsConnection;
      return {
        jetstream: opened.jetstream({ timeout: PUBLISH_TIMEOUT_MS }),
        manager: await opened.jetstreamManager({ checkAPI: false, timeout: PUBLISH_TIMEOUT_MS }),
      };
    },
    async publish({ id, subject, payload }) {
      if (!broker.ready() || connection === null) throw new Error('NATS is away');
      const header = headers();
      header.set('Nats-Msg-Id', id);
      await jetstreamOf(connection).publish(subject, payload, {
        headers: header,
        timeout: PUBLISH_TIMEOUT_MS,
      });
    },
    async close() {
      closing.abort();
      for (const { reject } of waiting.splice(0)) reject(new Error('the broker is closed'));
      await Promise.race([opening, sleep(1_000)]);
      await connection?.close();
    },
  };
  return broker;
}

const clients = new WeakMap<NatsConnection, JetStreamClient>();

function jetstreamOf(connection: NatsConnection): JetStreamClient {
  let client = clients.get(connection);
  if (client === undefined) {
    client = connection.jetstream({ timeout: PUBLISH_TIMEOUT_MS });
    clients.set(connection, client);
  }
  return client;
}

function readTls(directory: string) {
  return {
    ca: readFileSync(join(directory, 'ca.crt'), 'utf8'),
    cert: readFileSync(join(directory, 'tls.crt'), 'utf8'),
    key: readFileSync(join(directory, 'tls.key'), 'utf8'),
  };
}
