import { databaseAddresses, writeAddress } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { outsideTraces, type SpanOptions } from '@guichet/tracing';
import { Pool as Tarn, TimeoutError } from 'tarn';
import { type Connection, type ConnectionSettings, connector, IDLE_MS } from './connection.ts';
import { isWriterLost, NoWriterError, PoolTimeoutError } from './errors.ts';
import type { Recovery } from './retry.ts';
import { isWritable } from './server-state.ts';
import { type Writer, type WriterChange, WriterWatch } from './writer-watch.ts';

/** The state of a pool: its connections, and the requests that wait for one. */
export interface PoolState {
  used: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
  max: number;
}

const ACQUIRE_WITHIN_MS = 3_000;
/** A value of `wsrep_sync_wait`: reads and the beginnings of transactions, updates and deletions, insertions. */
const ALL_STATEMENTS = 7;
/** Between two runs of a transaction whose writer is lost. */
const RECOVER_PAUSE_MS = 100;

/** The connections of a process, opened on demand: to the one server, or to the one of several that takes the writes. */
export class Pool implements Recovery {
  /** The description of the database in the spans of its queries. */
  readonly described: SpanOptions;
  readonly #max: number;
  readonly #connect: () => Promise<Connection>;
  readonly #pool: Tarn<Connection>;
  readonly #watchers = new Set<(text: string) => void>();
  /** A connection outside the pool: a probe that waited behind requests would report a busy database as unavailable. */
  #probe: Promise<Connection> | null = null;
  #leavesProbe: NodeJS.Timeout | undefined;
  /** Connections that last answered before this are not used again. */
  #trustedSince = 0;
  /** Null if there is one server. */
  readonly #watch: WriterWatch | null;
  /** The open connections, and the writer that each was opened to. */
  readonly #open = new Map<Connection, Writer | null>();
  /** The open connections on which each transaction, and each statement outside of one, first waits for what other nodes have committed. */
  readonly #catchingUp = new WeakSet<Connection>();
  readonly #names: readonly string[];
  readonly #onOtherWriter = new Set<() => void>();

  constructor(settings: ConnectionSettings, pipelines: boolean, log: Log, answerWithinMs?: number) {
    this.#max = settings.DATABASE_POOL;
    this.described = {
      kind: 'client',
      attributes: { 'db.system.name': 'mysql', 'db.namespace': settings.DATABASE_NAME },
    };
    const addresses = databaseAddresses(settings);
    this.#names = addresses.map(writeAddress);
    const connectors = addresses.map((address) =>
      connector(address, settings, pipelines, log, answerWithinMs),
    );
    const candidates = () =>
      addresses.map((address) => ({ address, connect: connector(address, settings, true, log) }));
    const watch =
      addresses.length > 1 ? new WriterWatch(candidates(), log, (change) => this.#follow(change)) : null;
    this.#watch = watch;
    const connect = () =>
      watch === null ? this.#connectTo(connectors[0], null) : this.#connectToWriter(watch, connectors);
    // A connection outlives the request that opened it.
    this.#connect = () => outsideTraces(connect);
    this.#pool = new Tarn<Connection>({
      min: 0,
      max: settings.DATABASE_POOL,
      acquireTimeoutMillis: ACQUIRE_WITHIN_MS,
      propagateCreateError: true,
      create: this.#connect,
      idleTimeoutMillis: IDLE_MS,
      validate: (connection) => this.#isUsable(connection),
      destroy: (connection) => this.#end(connection),
    });
  }

  /** @throws PoolTimeoutError if no connection becomes free in time */
  async acquire(): Promise<Connection> {
    const connection = await this.#acquireOpen();
    const sentAt = performance.now();
    try {
      await this.#catchUp(connection);
      return connection;
    } catch (error) {
      this.#distrust(connection, error, sentAt);
      this.release(connection);
      throw error;
    }
  }

  async #acquireOpen(): Promise<Connection> {
    const writer = this.#watch?.writer;
    try {
      return await this.#pool.acquire().promise;
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      // The pool is busy, or its connections wait for a server that hangs.
      await this.#watch?.doubt();
      const isBusy = this.#pool.numUsed() >= this.#max;
      if (this.#watch !== null && !(isBusy && this.#watch.writer === writer))
        throw new NoWriterError(['it was lost, or slow to connect to']);
      throw new PoolTimeoutError(error);
    }
  }

  /** While another process may write to another Galera node, what that one has acknowledged must be found on this one. */
  async #catchUp(connection: Connection): Promise<void> {
    if (this.#watch === null || this.#open.get(connection)?.state.kind !== 'galera') return;
    const isNeeded = this.#watch.mayDiffer;
    if (isNeeded === this.#catchingUp.has(connection)) return;
    const waitsFor = isNeeded ? `@@GLOBAL.wsrep_sync_wait | ${ALL_STATEMENTS}` : 'DEFAULT';
    await connection.send(`SET SESSION wsrep_sync_wait = ${waitsFor}`);
    if (isNeeded) this.#catchingUp.add(connection);
    else this.#catchingUp.delete(connection);
  }

  get mayMove(): boolean {
    return this.#watch !== null;
  }

  async recover(): Promise<void> {
    await this.#watch?.doubt();
    await sleep(Math.random() * RECOVER_PAUSE_MS);
  }

  /** The servers, and whether each takes the writes; the only one is taken to do so. */
  servers(): { name: string; isWriter: boolean }[] {
    return this.#watch?.servers() ?? this.#names.map((name) => ({ name, isWriter: true }));
  }

  /** The servers for reads beside the writer, as places in the settings' list. */
  replicas(): readonly number[] {
    return this.#watch?.replicas() ?? [];
  }

  /** Calls `listener` whenever `replicas` may have changed. */
  onReplicas(listener: () => void): void {
    this.#watch?.onAnswer(listener);
  }

  /** Calls `listener` whenever another server takes the writes. */
  onOtherWriter(listener: () => void): void {
    this.#onOtherWriter.add(listener);
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
      if (connection.isPipelined)
        return (await connection.send(statements.join(';\n'), withinMs)) as unknown[];
      const answers: unknown[] = [];
      for (const text of statements) answers.push(await connection.send(text, withinMs));
      return answers;
    } catch (error) {
      this.#distrust(connection, error, sentAt);
      throw error;
    }
  }

  #distrust(connection: Connection, error: unknown, sentAt: number): void {
    if (!isWriterLost(error)) return;
    // The idle connections have probably ended for the same reason, and each would have to time out too.
    this.#trustedSince = Math.max(this.#trustedSince, sentAt);
    connection.destroy();
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
    if (this.#watch !== null) return this.#watch.answers(withinMs);
    clearTimeout(this.#leavesProbe);
    // If no probe comes for long, before the server ends it.
    this.#leavesProbe = setTimeout(() => this.#endProbe(), IDLE_MS).unref();
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
    clearTimeout(this.#leavesProbe);
    this.#probe?.then((connection) => connection.destroy()).catch(() => undefined);
    this.#probe = null;
  }

  async close(): Promise<void> {
    this.#endProbe();
    await this.#pool.destroy();
    this.#watch?.close();
  }

  #isUsable(connection: Connection): boolean {
    const isTrusted = connection.isUsable() && connection.answeredAt >= this.#trustedSince;
    return isTrusted && (this.#watch === null || this.#open.get(connection) === this.#watch.writer);
  }

  async #connectTo(
    connect: (() => Promise<Connection>) | undefined,
    writer: Writer | null,
  ): Promise<Connection> {
    if (connect === undefined) throw new Error('the settings name no host');
    const connection = await connect();
    this.#open.set(connection, writer);
    return connection;
  }

  async #connectToWriter(
    watch: WriterWatch,
    connectors: readonly (() => Promise<Connection>)[],
  ): Promise<Connection> {
    const writer = await watch.find(ACQUIRE_WITHIN_MS);
    const connecting = this.#connectTo(connectors[writer.index], writer);
    const connected = new AbortController();
    try {
      // A connection to a server that is gone without a word would otherwise take a place in the pool until it times out.
      const connection = await Promise.race([connecting, failWhenLeft(writer, connected.signal)]);
      await makeSureOfWrites(connection, writer);
      if (watch.writer === writer) return connection;
      throw new NoWriterError(['it changed during the connection']);
    } catch (error) {
      connecting.then((connection) => this.#end(connection)).catch(() => undefined);
      void watch.doubt();
      throw error;
    } finally {
      connected.abort();
    }
  }

  /** Drops the connections to the writer of before. If it's dead, a statement without an answer fails now; otherwise transactions may end on it. */
  #follow({ writer, isDead, isOther }: WriterChange): void {
    if (isOther) for (const listener of this.#onOtherWriter) listener();
    for (const [connection, to] of this.#open) if (isDead && to !== writer) connection.destroy();
  }

  #end(connection: Connection): void {
    this.#open.delete(connection);
    connection.destroy();
  }
}

/** Rejects if the writer is left before the `signal`. */
function failWhenLeft({ left }: Writer, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new NoWriterError(['it was lost during the connection']));
    if (left.aborted) fail();
    else left.addEventListener('abort', fail, { signal });
  });
}

/**
 * Makes sure that a new connection reaches a server that takes writes, whatever stands between. A Galera member may not yet have applied what another acknowledged before
 * it was lost, so this question waits until it has.
 */
async function makeSureOfWrites(connection: Connection, { state: { kind } }: Writer): Promise<void> {
  if (kind === 'galera') await connection.send('SET SESSION wsrep_sync_wait = 1');
  const [row] = (await connection.send('SELECT @@global.read_only AS readOnly')) as { readOnly: unknown }[];
  if (kind === 'galera') await connection.send('SET SESSION wsrep_sync_wait = DEFAULT');
  if (!isWritable(row?.readOnly)) throw new NoWriterError(['it takes no writes']);
}
