import { type Address, writeAddress } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import { chooseWriter, READY_FOR_MS } from './choose-writer.ts';
import type { Connection } from './connection.ts';
import { isRefused, NoWriterError } from './errors.ts';
import { askState, type ServerState } from './server-state.ts';

/** A server of the setting, and a function that connects to it for questions about its state. */
export interface Candidate {
  readonly address: Address;
  readonly connect: () => Promise<Connection>;
}

/** The server that takes the writes, from one change to the next. */
export interface Writer {
  readonly index: number;
  readonly state: ServerState;
  /** Aborted once another server takes the writes. */
  readonly left: AbortSignal;
}

export interface WriterChange {
  /** Null while there is none. */
  readonly writer: Writer | null;
  /** The writer of before doesn't answer, or takes no more writes. */
  readonly isDead: boolean;
  /** It's another server than the last one. */
  readonly isOther: boolean;
}

/** How often each server is asked about its state. */
const ASK_EVERY_MS = 1_000;
/** The same without a writer, or while it's in doubt. */
const ASK_IN_DOUBT_EVERY_MS = 100;

/**
 * How long a server may take to answer a question about its state before it is left for another that answers. A statement may take longer: only the question, which waits
 * for no lock and reads no table, says that the whole server or the network hangs.
 */
export const SILENT_AFTER_MS = 2_000;

/**
 * How long two processes may have different writers after both have noticed that a server's state has changed: one may have seen it a question earlier, and for each, an earlier server
 * has to be ready for a while. Twice of that.
 */
export const MAY_DIFFER_FOR_MS = 2 * (ASK_EVERY_MS + SILENT_AFTER_MS + READY_FOR_MS);

interface Server extends Candidate {
  readonly name: string;
  state: ServerState | null;
  failure: unknown;
  readySince: number | null;
  /** When the last question was sent that has an answer or has failed. */
  settledAt: number;
  connection: Promise<Connection> | null;
  asking: Promise<void> | null;
}

/**
 * Follows the server that takes the writes, of several. It asks each server every second, on a connection of its own, and at once after a failure; `chooseWriter` decides.
 * Without a writer it asks ten times a second.
 *
 * Every process decides for itself, from what the servers say of themselves. On Galera, where each member could take writes, two processes may choose different ones for some
 * seconds. That is correct for rows that are written: their certification fails on one side, and the transaction is run again. It moves back to the first server of the list, so
 * that they agree again.
 */
export class WriterWatch {
  readonly #servers: readonly Server[];
  readonly #log: Log;
  readonly #onChange: (change: WriterChange) => void;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #writer: (Writer & { end: AbortController }) | null = null;
  /** The last writer, for the log. */
  #lastName: string | null = null;
  /** Since when a server is looked for; older answers don't count. */
  #searchingSince = performance.now();
  /** The writer has to answer a question that was sent later than this before it's asked less often again. */
  #doubtedSince = Number.NEGATIVE_INFINITY;
  #isAmbiguous = false;
  /** When a server's state, or the writer, last changed. */
  #changedAt: number;
  readonly #onAnswer = new Set<() => void>();
  #wake: (() => void) | null = null;
  #waiting: (() => void)[] = [];
  #isRunning = false;

  /** @param now the time of a clock that is never set, in milliseconds; for tests */
  constructor(
    candidates: readonly Candidate[],
    log: Log,
    onChange: (change: WriterChange) => void,
    now = () => performance.now(),
  ) {
    this.#now = now;
    this.#changedAt = now();
    this.#servers = candidates.map((candidate) => ({
      ...candidate,
      name: writeAddress(candidate.address),
      state: null,
      failure: null,
      readySince: null,
      settledAt: Number.NEGATIVE_INFINITY,
      connection: null,
      asking: null,
    }));
    this.#log = log;
    this.#onChange = onChange;
  }

  get writer(): Writer | null {
    return this.#writer;
  }

  /**
   * Whether another process may have another writer, as far as this one can know: for some seconds after a change, and for as long as the first server of the list isn't the writer, because
   * another process may still reach it.
   */
  get mayDiffer(): boolean {
    return this.#writer?.index !== 0 || this.#now() - this.#changedAt < MAY_DIFFER_FOR_MS;
  }

  /** The servers by name, and whether each is the writer. */
  servers(): { name: string; isWriter: boolean }[] {
    return this.#servers.map(({ name }, index) => ({ name, isWriter: index === this.#writer?.index }));
  }

  /** What each server last said of itself; null for one that does not answer. */
  states(): (ServerState | null)[] {
    return this.#servers.map(({ state }) => state);
  }

  /** The servers, except the writer, on which a read can wait for what the writer has committed. */
  replicas(): number[] {
    const writer = this.#writer;
    if (writer === null) return [];
    return this.#servers.flatMap(({ state }, index) =>
      index !== writer.index && state?.canCatchUp === true && state.cluster === writer.state.cluster
        ? [index]
        : [],
    );
  }

  /** Calls `listener` after each answer of a server, and each that is missing. */
  onAnswer(listener: () => void): void {
    this.#onAnswer.add(listener);
  }

  /**
   * The writer; waits for one.
   * @throws NoWriterError after `withinMs`; an error of a server that refuses the settings, if all do that answer
   */
  async find(withinMs: number): Promise<Writer> {
    this.#run();
    const until = performance.now() + withinMs;
    while (this.#writer === null) {
      const leftMs = until - performance.now();
      if (leftMs <= 0 || this.#closing.signal.aborted) throw this.#noWriter();
      await this.#nextAnswer(leftMs);
      const answers = this.#servers.map(({ failure }) => failure);
      const refused = answers.find(isRefused);
      if (refused !== undefined && this.#writer === null && answers.every((one) => one !== null))
        throw refused;
    }
    return this.#writer;
  }

  /** Whether there is a writer, and it answered when it was last asked. Never throws. */
  async answers(withinMs: number): Promise<boolean> {
    const writer = await this.find(withinMs).catch(() => null);
    return writer !== null && this.#servers[writer.index]?.failure === null;
  }

  /** Asks all servers now, because a connection to the writer failed. Resolves when the writer of then has answered or was left. */
  async doubt(): Promise<void> {
    const doubted = this.#writer;
    if (doubted === null) return;
    const server = this.#servers[doubted.index] as Server;
    const since = performance.now();
    this.#doubtedSince = since;
    this.#wake?.();
    while (
      !doubted.left.aborted &&
      server.settledAt < since &&
      performance.now() - since < 2 * SILENT_AFTER_MS
    )
      await this.#nextAnswer(SILENT_AFTER_MS);
  }

  close(): void {
    this.#closing.abort();
    this.#wake?.();
    for (const server of this.#servers) disconnect(server);
    this.#notify();
  }

  #noWriter(): NoWriterError {
    const faults = this.#servers.map(({ name, state, failure }) => {
      const fault = state?.reason ?? (failure instanceof Error ? failure.message : 'no answer');
      return `${name}: ${fault}`;
    });
    return new NoWriterError(this.#isAmbiguous ? ['several servers take writes'] : faults);
  }

  /** Resolves when a server has answered or failed, or after `withinMs`. */
  async #nextAnswer(withinMs: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => this.#waiting.push(resolve)),
      sleep(withinMs, timer.signal, { ref: false }).catch(() => undefined),
    ]);
    timer.abort();
  }

  #notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#keepAsking();
  }

  async #keepAsking(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      for (const [index, server] of this.#servers.entries()) {
        server.asking ??= this.#ask(server, index).finally(() => {
          server.asking = null;
        });
      }
      const timer = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        sleep(this.#pauseMs(), timer.signal, { ref: false }).catch(() => undefined),
      ]);
      timer.abort();
    }
  }

  #pauseMs(): number {
    const settledAt = this.#servers[this.#writer?.index ?? -1]?.settledAt ?? 0;
    return this.#writer === null || settledAt < this.#doubtedSince ? ASK_IN_DOUBT_EVERY_MS : ASK_EVERY_MS;
  }

  async #ask(server: Server, index: number): Promise<void> {
    const sentAt = performance.now();
    const silence = new AbortController();
    const rankBefore = server.state?.rank;
    try {
      const late = sleep(SILENT_AFTER_MS, silence.signal, { ref: false }).then(() => {
        throw new Error(`no answer within ${SILENT_AFTER_MS} ms`);
      });
      const asked = this.#connected(server).then((connection) => askState(connection, SILENT_AFTER_MS));
      server.state = await Promise.race([asked, late]);
      server.failure = null;
      server.readySince = server.state.rank === 0 ? null : (server.readySince ?? performance.now());
    } catch (error) {
      disconnect(server);
      server.state = null;
      server.failure = error;
      server.readySince = null;
    } finally {
      silence.abort();
    }
    if (server.state?.rank !== rankBefore) this.#changedAt = this.#now();
    server.settledAt = sentAt;
    if (this.#closing.signal.aborted) return disconnect(server);
    this.#decide(index);
    for (const listener of this.#onAnswer) listener();
    this.#notify();
  }

  async #connected(server: Server): Promise<Connection> {
    server.connection = (server.connection ?? server.connect()).then((last) =>
      last.isUsable() ? last : server.connect(),
    );
    return server.connection;
  }

  #decide(asked: number): void {
    const now = performance.now();
    const known = this.#servers.map(({ state, settledAt, readySince }) => ({
      state,
      readySince,
      isSettled: settledAt >= this.#searchingSince,
    }));
    const current = this.#writer?.index ?? null;
    const choice = chooseWriter(known, current, now);
    this.#reportAmbiguity(choice.kind === 'ambiguous' ? choice.indexes : null);
    if (choice.kind === 'writer') {
      if (choice.index !== current) this.#become(choice.index);
      return;
    }
    if (current === null) return;
    const { state, failure } = this.#servers[current] as Server;
    // A server that is only silent may be slow, and there is no other: its statements have their own limits.
    const isSilent = state === null && asked === current && !isGone(failure);
    if (!isSilent) this.#lose();
  }

  #become(index: number): void {
    const { name, state } = this.#servers[index] as Server;
    const previous = this.#writer;
    const before = previous === null ? null : (this.#servers[previous.index] as Server);
    const end = new AbortController();
    this.#changedAt = this.#now();
    this.#writer = { index, state: state as ServerState, left: end.signal, end };
    const isOther = this.#lastName !== null && this.#lastName !== name;
    if (this.#lastName !== name) {
      const reason = before === null ? undefined : faultOf(before);
      this.#log.warn({ writer: name, previous: this.#lastName, reason }, 'the writer of the database');
    }
    this.#lastName = name;
    const isDead = before !== null && (before.state?.rank ?? 0) === 0;
    this.#onChange({ writer: this.#writer, isDead, isOther });
    previous?.end.abort();
  }

  #lose(): void {
    const previous = this.#writer;
    if (previous === null) return;
    const server = this.#servers[previous.index] as Server;
    this.#log.warn({ writer: server.name, reason: faultOf(server) }, 'the writer of the database is lost');
    this.#writer = null;
    this.#searchingSince = server.settledAt;
    this.#onChange({ writer: null, isDead: true, isOther: false });
    previous.end.abort();
    this.#wake?.();
  }

  #reportAmbiguity(indexes: readonly number[] | null): void {
    if (indexes !== null && !this.#isAmbiguous) {
      const servers = indexes.map((index) => this.#servers[index]?.name);
      this.#log.error(
        { servers },
        'several servers take writes and do not replicate to each other: none is used',
      );
    }
    this.#isAmbiguous = indexes !== null;
  }
}

/** Why a server is left; undefined if it still takes writes. */
function faultOf({ state, failure }: Server): string | undefined {
  if (state !== null) return state.reason ?? undefined;
  return failure instanceof Error ? failure.message : 'no answer';
}

/** The server, or its machine, has said that nobody listens there, or has ended the connection. */
function isGone(failure: unknown): boolean {
  const { code } = (failure ?? {}) as { code?: string };
  return code !== undefined && code !== 'ETIMEDOUT';
}

function disconnect(server: Server): void {
  server.connection?.then((connection) => connection.destroy()).catch(() => undefined);
  server.connection = null;
}
