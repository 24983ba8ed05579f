import { databaseAddresses } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { outsideTraces, type SpanOptions } from '@guichet/tracing';
import { Pool as Tarn, TimeoutError } from 'tarn';
import { type Connection, type ConnectionSettings, connector, SERVER_WAITS_SECONDS } from './connection.ts';
import { type DatabaseError, PoolTimeoutError } from './errors.ts';

/** The state of a pool: its connections, and the requests that wait for one. */
export interface PoolState {
  used: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
  max: number;
}

const ACQUIRE_WITHIN_MS = 3_000;
/** Well before the server ends an idle connection, so that no statement is sent on one that is ending. */
const IDLE_MS = (SERVER_WAITS_SECONDS * 1000) / 2;

/** The connections of a process, opened on demand. */
export class Pool {
  /** Whether several statements may be sent at once. */
  readonly pipelines: boolean;
  /** The description of the database in the spans of its queries. */
  readonly described: SpanOptions;
  readonly #max: number;
  readonly #connect: () => Promise<Connection>;
  readonly #pool: Tarn<Connection>;
  readonly #watchers = new Set<(text: string) => void>();
  /** A connection outside the pool: a probe that waited behind requests would report a busy database as unavailable. */
  #probe: Promise<Connection> | null = null;
  /** Connections that last answered before this are not used again. */
  #trustedSince = 0;

  constructor(settings: ConnectionSettings, pipelines: boolean, log: Log, answerWithinMs?: number) {
    this.pipelines = pipelines;
    this.#max = settings.DATABASE_POOL;
    this.described = {
      kind: 'client',
      attributes: { 'db.system.name': 'mysql', 'db.namespace': settings.DATABASE_NAME },
    };
    const [address] = databaseAddresses(settings);
    if (address === undefined) throw new Error('no host of a database server');
    const connect = connector(address, settings, pipelines, log, answerWithinMs);
    // A connection outlives the request that opened it.
    this.#connect = () => outsideTraces(connect);
    this.#pool = new Tarn<Connection>({
      min: 0,
      max: settings.DATABASE_POOL,
      acquireTimeoutMillis: ACQUIRE_WITHIN_MS,
      propagateCreateError: true,
      create: this.#connect,
      idleTimeoutMillis: IDLE_MS,
      validate: (connection) => connection.isUsable() && connection.answeredAt >= this.#trustedSince,
      destroy: (connection) => connection.destroy(),
    });
  }

  /** @throws PoolTimeoutError if no connection becomes free in time */
  async acquire(): Promise<Connection> {
    try {
      return await this.#pool.acquire().promise;
    } catch (error) {
      if (error instanceof TimeoutError) throw new PoolTimeoutError(error);
      throw error;
    }
  }

  release(connection: Connection): void {
    this.#pool.release(connection);
  }

  /** Sends statements on a connection of this pool, in one round trip if that is allowed, and returns the answer to each. */
  async send(connection: Connection, statements: readonly string[], withinMs?: number): Promise<unknown[]> {
    for (const watch of this.#watchers) for (const text of statements) watch(text);
    const sentAt = performance.now();
    try {
      if (statements.length === 0) return [];
      if (statements.length === 1) return [await connection.send(statements[0] as string, withinMs)];
      if (this.pipelines) return (await connection.send(statements.join(';\n'), withinMs)) as unknown[];
      const answers: unknown[] = [];
      for (const text of statements) answers.push(await connection.send(text, withinMs));
      return answers;
    } catch (error) {
      // The idle connections have probably ended for the same reason, and each would have to time out too.
      if ((error as DatabaseError).fatal === true) this.#trustedSince = Math.max(this.#trustedSince, sentAt);
      throw error;
    }
  }

  /** Passes every statement to `watcher`; for tests. @returns a function that ends it */
  watch(watcher: (text: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  state(): PoolState {
    return {
      used: this.#pool.numUsed(),
      idle: this.#pool.numFree(),
      waiting: this.#pool.numPendingAcquires(),
      max: this.#max,
    };
  }

  /** Whether the server answers within `withinMs`, however busy the pool is. Never throws. */
  async answers(withinMs: number): Promise<boolean> {
    // The server ends it if no probe comes for long.
    this.#probe = (this.#probe ?? this.#connect()).then((last) => (last.isUsable() ? last : this.#connect()));
    const probe = this.#probe;
    const timer = new AbortController();
    const late = sleep(withinMs, timer.signal, { ref: false }).then(() => false);
    const answered = probe.then(async (connection) => {
      await connection.send('SELECT 1');
      return true;
    });
    const isAnswered = await Promise.race([answered.catch(() => false), late]);
    timer.abort();
    // A connection that hangs, or has ended, is replaced for the next probe.
    if (!isAnswered && this.#probe === probe) this.#endProbe();
    return isAnswered;
  }

  #endProbe(): void {
    this.#probe?.then((connection) => connection.destroy()).catch(() => undefined);
    this.#probe = null;
  }

  async close(): Promise<void> {
    this.#endProbe();
    await this.#pool.destroy();
  }
}
