import { tlsPaths } from '@guichet/certificates';
import type { NatsSettings } from '@guichet/config';
import type { ServiceName } from '@guichet/contract';
import type { StreamName } from '@guichet/contract/events';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { connect, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import { createPublisher, type Publication, type Publish } from './publisher.ts';
import { recordSend } from './record-send.ts';
import { type Envelope, isSealed } from './sealing.ts';
import { lastSequence } from './stored-message.ts';

interface OpenableMessage {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** A service's connection to JetStream. NATS may be down at any time, even at the start: the bank works without it. */
export interface Broker {
  /** Whether NATS is connected and the streams exist. */
  ready(): boolean;
  /** Resolves once NATS is connected and the streams exist; rejects when the broker is closed. */
  whenReady(): Promise<{ jetstream: JetStreamClient; manager: JetStreamManager }>;
  /**
   * Stores one message; resolves to its sequence when JetStream has it on disk, on a majority of the stream's replicas.
   * @throws if there is no answer in time: the message may be stored, and publishing it again with the same id is safe
   */
  publish(message: Publication): Promise<number>;
  /**
   * The sequence of the last message on a subject, or 0 if there is none, from the stream's leader.
   * @throws while NATS is unavailable
   */
  lastSequence(stream: StreamName, subject: string): Promise<number>;
  /**
   * Opens a message from a stream: its data as it was published, and its sender.
   * @throws Error if it was not sealed to this service, or not by a service that may publish on its subject
   */
  open<Message extends OpenableMessage>(message: Message): Message & { sender: ServiceName | null };
  /**
   * How much of each stream's space is used, from 0 to 1.
   * @throws while NATS is unavailable
   */
  usedSpace(): Promise<{ stream: StreamName; used: number }[]>;
  /**
   * The current connection.
   * @throws while there is none
   */
  connection(): NatsConnection;
  /** Aborted when the current connection is lost. */
  disconnected(): AbortSignal;
  /** Sends what is buffered, such as acknowledgements, then closes. */
  close(): Promise<void>;
}

const PUBLISH_TIMEOUT_MS = 5_000;
const FLUSH_WITHIN_MS = 500;

/** Returns at once. Connects in the background, reconnects without limit, and waits at each connection until `streams` exist. */
export function connectBroker(options: {
  name: string;
  settings: NatsSettings & { TLS_DIRECTORY: string };
  streams: readonly StreamName[];
  log: Log;
  /** Seals what is published and opens what is read. Only tests run without it, unsealed. */
  envelope?: Envelope | undefined;
  /** Runs at each connection, before waiting for the streams. */
  onConnected?: (manager: JetStreamManager) => Promise<void>;
}): Broker {
  const { name, settings, streams, log, envelope, onConnected } = options;
  const closing = new AbortController();
  let connection: NatsConnection | null = null;
  let publish: Publish | null = null;
  let streamsExist = false;
  let disconnected = new AbortController();
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  async function open(): Promise<void> {
    const opened = await connect({
      name,
      servers: settings.NATS_SERVERS,
      ...(settings.NATS_USER === undefined ? {} : { user: settings.NATS_USER }),
      ...(settings.NATS_PASSWORD === undefined ? {} : { pass: settings.NATS_PASSWORD }),
      ...(settings.NATS_TLS === 'off' ? {} : { tls: tlsFiles(settings) }),
      inboxPrefix: `_INBOX_${name}`,
      maxReconnectAttempts: -1,
      // A server that has just started may not know its users yet.
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 500,
      timeout: 5_000,
      // A connection that was lost without a word is replaced after three pings.
      pingInterval: 3_000,
      maxPingOut: 2,
    });
    if (closing.signal.aborted) return opened.close();
    connection = opened;
    publish = createPublisher(opened, `_INBOX_${name}`, PUBLISH_TIMEOUT_MS);
    log.info({ server: opened.getServer() }, 'connected to NATS');
    void watchStatus(opened);
    void opened.closed().then(reopen);
    await awaitStreams(opened);
  }

  // After some errors the client closes the connection for good.
  async function reopen(): Promise<void> {
    if (closing.signal.aborted) return;
    noteDisconnect();
    log.warn('NATS connection closed, reconnecting');
    await keepOpening();
  }

  function noteDisconnect(): void {
    streamsExist = false;
    disconnected.abort();
  }

  async function watchStatus(opened: NatsConnection): Promise<void> {
    for await (const status of opened.status()) {
      if (closing.signal.aborted) return;
      if (status.type === 'disconnect') {
        noteDisconnect();
        log.warn('NATS unavailable; events wait in the outbox');
      } else if (status.type === 'reconnect') {
        log.info('NATS available');
        void awaitStreams(opened);
      } else if (status.type === 'error') {
        log.warn({ reason: String(status.data) }, 'NATS error');
      }
    }
  }

  // The streams may be created after this service starts, and a new cluster has no leader for a while.
  async function awaitStreams(opened: NatsConnection): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted && !opened.isClosed(); attempt += 1) {
      try {
        const manager = await opened.jetstreamManager({ checkAPI: false, timeout: 5_000 });
        await onConnected?.(manager);
        for (const stream of streams) await manager.streams.info(stream);
        if (disconnected.signal.aborted) disconnected = new AbortController();
        streamsExist = true;
        for (const { resolve } of waiting.splice(0)) resolve();
        return;
      } catch (error) {
        if (attempt % 10 === 0) log.warn({ err: error }, 'waiting for the streams');
        await pause(Math.min(200 * 2 ** attempt, 2_000));
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return sleep(ms, closing.signal);
  }

  async function keepOpening(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt += 1) {
      try {
        return await open();
      } catch (error) {
        if (attempt % 10 === 0) log.warn({ err: error }, 'waiting for NATS');
        await pause(Math.min(200 * 2 ** attempt, 3_000));
      }
    }
  }

  const opening = keepOpening();

  const broker: Broker = {
    ready: () => streamsExist && connection !== null && !connection.isClosed(),
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
    async publish({ id, subject, payload, after }) {
      if (!broker.ready() || publish === null) throw new Error('NATS is unavailable');
      const startedAt = new Date();
      const sealed = envelope === undefined ? payload : envelope.seal({ id, subject, payload });
      const sequence = await publish({ id, subject, payload: sealed, after });
      recordSend(subject, payload, startedAt);
      return sequence;
    },
    async lastSequence(stream, subject) {
      if (!broker.ready()) throw new Error('NATS is unavailable');
      return lastSequence((await broker.whenReady()).manager, stream, subject);
    },
    async usedSpace() {
      if (!broker.ready()) throw new Error('NATS is unavailable');
      const { manager } = await broker.whenReady();
      const measured = streams.map(async (stream) => {
        const { state, config } = await manager.streams.info(stream);
        return { stream, used: config.max_bytes > 0 ? state.bytes / config.max_bytes : 0 };
      });
      return Promise.all(measured);
    },
    open(message) {
      if (envelope !== undefined) return { ...message, ...envelope.open(message) };
      if (isSealed(message.data)) throw new Error('the message is sealed, and there are no keys to open it');
      return { ...message, sender: null };
    },
    connection() {
      if (connection === null) throw new Error('NATS is unavailable');
      return connection;
    },
    disconnected: () => disconnected.signal,
    async close() {
      closing.abort();
      for (const { reject } of waiting.splice(0)) reject(new Error('the broker is closed'));
      await Promise.race([opening, sleep(1_000, undefined, { ref: false })]);
      const flushed = connection?.isClosed() === false ? connection.flush() : undefined;
      await Promise.race([flushed, sleep(FLUSH_WITHIN_MS, undefined, { ref: false })]).catch(() => undefined);
      await connection?.close();
    },
  };
  return broker;
}

// As paths, so that the client reads the files again at each connection.
function tlsFiles(settings: NatsSettings & { TLS_DIRECTORY: string }) {
  const { ca, cert, key } = tlsPaths(settings.TLS_DIRECTORY);
  const authority = settings.NATS_CA === undefined ? { caFile: ca } : { ca: settings.NATS_CA };
  return { ...authority, certFile: cert, keyFile: key };
}
