import { databaseAddresses } from '@guichet/config';
import type { Log } from '@guichet/log';
import { outsideTraces } from '@guichet/tracing';
import { Pool as Tarn } from 'tarn';
import { type Connection, type ConnectionSettings, connector, IDLE_MS } from './connection.ts';
import type { Pool } from './pool.ts';

/** Then the writer serves the read. */
const ACQUIRE_WITHIN_MS = 1_000;

/**
 * Connections to the Galera nodes beside the writer, in turn, on which each read waits until its node has applied everything that the cluster had committed when it began. So it finds
 * what any user had written through any process before, and no session has to be kept with the writer after a change. Nothing can be written or locked on them.
 */
export class ReplicaPool {
  readonly #onRead = new Set<(servedBy: 'replica' | 'writer') => void>();
  readonly #writer: Pool;
  readonly #pools: readonly Tarn<Connection>[];
  /** The open connections, and the places of their servers. */
  readonly #open = new Map<Connection, number>();
  #turn = 0;

  constructor(settings: ConnectionSettings, writer: Pool, log: Log) {
    this.#writer = writer;
    this.#pools = databaseAddresses(settings).map((address, index) => {
      const connect = connector(address, settings, false, log);
      return new Tarn<Connection>({
        min: 0,
        max: settings.DATABASE_POOL,
        acquireTimeoutMillis: ACQUIRE_WITHIN_MS,
        propagateCreateError: true,
        // A connection outlives the request that opened it.
        create: () => outsideTraces(() => this.#connect(connect, index)),
        idleTimeoutMillis: IDLE_MS,
        validate: (connection) => connection.isUsable(),
        destroy: (connection) => {
          this.#open.delete(connection);
          connection.destroy();
        },
      });
    });
    writer.onReplicas(() => this.#drop());
  }

  /** Calls `listener` with what served each read. */
  onRead(listener: (servedBy: 'replica' | 'writer') => void): void {
    this.#onRead.add(listener);
  }

  /** The answer to a read, or null if no replica can give it: then the writer serves it. */
  async send(text: string): Promise<{ answer: unknown } | null> {
    const given = await this.#sendToOne(text);
    for (const listener of this.#onRead) listener(given === null ? 'writer' : 'replica');
    return given;
  }

  async #sendToOne(text: string): Promise<{ answer: unknown } | null> {
    const usable = this.#writer.replicas();
    const pool = this.#pools[usable[this.#turn++ % usable.length] ?? -1];
    if (pool === undefined) return null;
    try {
      const connection = await pool.acquire().promise;
      try {
        return { answer: await connection.send(text) };
      } catch (error) {
        // The server may have refused to wait any longer: the next read begins with a new connection.
        connection.destroy();
        throw error;
      } finally {
        pool.release(connection);
      }
    } catch {
      // A replica's fault is never the caller's: if it's the statement, the writer says so.
      return null;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #connect(connect: () => Promise<Connection>, index: number): Promise<Connection> {
    const connection = await connect();
    try {
      await connection.send('SET SESSION wsrep_sync_wait = @@GLOBAL.wsrep_sync_wait | 1');
      await connection.send('SET SESSION TRANSACTION READ ONLY');
    } catch (error) {
      connection.destroy();
      throw error;
    }
    this.#open.set(connection, index);
    return connection;
  }

  /** A read on a server that no longer answers, or no longer catches up, fails now, and the writer serves it. */
  #drop(): void {
    const usable = this.#writer.replicas();
    for (const [connection, index] of this.#open) if (!usable.includes(index)) connection.destroy();
  }
}
