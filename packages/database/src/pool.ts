import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { Pool as Tarn, TimeoutError } from 'tarn';
import { type Connection, type ConnectionSettings, connector } from './connection.ts';
import { PoolTimeoutError } from './errors.ts';

/** The state of a pool: its connections, and the requests that wait for one. */
export interface PoolState {
  used: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
  max: number;
}

const ACQUIRE_WITHIN_MS = 3_000;

/** The connections of a process, opened on demand. */
export class Pool {
  /** Whether several statements may be sent at once. */
  readonly pipelines: boolean;
  readonly #max: number;
  readonly #connect: () => Promise<Connection>;
  readonly #pool: Tarn<Connection>;
  readonly #watchers = new Set<(text: string) => void>();
  /** A connection outside the pool: a probe that waited behind requests would report a busy database as unavailable. */
  #probe: Promise<Connection> | null = null;

  constructor(settings: ConnectionSettings, pipelines: boolean, log: Log) {
    this.pipelines = pipelines;
    this.#max = settings.DATABASE_POOL;
    this.#connect = connector(settings, pipelines, log);
    this.#pool = new Tarn<Connection>({
      min: 0,
      max: settings.DATABASE_POOL,
      acquireTimeoutMillis: ACQUIRE_WITHIN_MS,
      propagateCreateError: true,
      create: this.#connect,
      validate: (connection) => connection.isUsable(),
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
  async send(connection: Connection, statements: readonly string[]): Promise<unknown[]> {
    for (const watch of this.#watchers) for (const text of statements) watch(text);
    if (statements.length === 0) return [];
    if (statements.length === 1) return [await connection.send(statements[0] as string)];
    if (this.pipelines) return (await connection.send(statements.join(';\n'))) as unknown[];
    const answers: unknown[] = [];
    for (const text of statements) answers.push(await connection.send(text));
    return answers;
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
    this.#probe ??= this.#connect();
    const probe = this.#probe;
    const timer = new AbortController();
    const late = sleep(withinMs, timer.signal, { ref: false }).then(() => false);
    const answered = probe.then(async (connection) => {
      if (!connection.isUsable()) return false;
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
