import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DatabaseSettings } from '@guichet/config';
import type { ChainRange, RangeOptions, RangeOutcome } from './verify-range.ts';

/** How to verify ranges of the chain at the same time. */
export interface Threads {
  readonly count: number;
  open(options: SharedOptions): RangeVerifier;
}

/** What all ranges of a verification have in common. */
type SharedOptions = Pick<RangeOptions, 'head' | 'keys' | 'witnessed' | 'page'>;

interface RangeVerifier {
  /** One range at a time. @throws the reason of `signal` when it is aborted */
  verify(task: ThreadTask, signal: AbortSignal | undefined): Promise<RangeOutcome>;
  end(): Promise<void>;
}

type ConnectionSettings = DatabaseSettings & { TLS_DIRECTORY: string };

/** With more, the database has no core left. */
const THREADS_MAX = 2;
const CONNECTIONS = 2;
/** So that no thread waits for the outcome of another. */
const RANGES_PER_THREAD = 2;
/** Each thread takes some 60 MB, beside the service and its charts. */
const MEMORY_MIN_BYTES = 512 * 1024 * 1024;
/** Of each thread. Its young generation is collected before what a few pages need becomes old. */
const MEMORY_MB = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 64 };

/** What there is for threads, within the limits of the container. */
const resources = () => ({ cores: availableParallelism(), memoryBytes: process.constrainedMemory() });

/**
 * As many threads as there are cores, each with two connections of its own; null if there is one core, where threads would only take turns, or little memory.
 * `memoryBytes`: 0 for no limit.
 */
export function threadsFor(
  given: ConnectionSettings,
  { cores, memoryBytes }: { cores: number; memoryBytes: number } = resources(),
): Threads | null {
  const count = Math.min(THREADS_MAX, cores);
  if (count < 2 || (memoryBytes > 0 && memoryBytes < MEMORY_MIN_BYTES)) return null;
  // A thread gets no other settings of the process.
  const ofDatabase = Object.entries(given).filter(([name]) => name.startsWith('DATABASE_'));
  const settings = {
    ...Object.fromEntries(ofDatabase),
    DATABASE_POOL: CONNECTIONS,
    TLS_DIRECTORY: given.TLS_DIRECTORY,
  } as ConnectionSettings;
  return { count, open: (options) => new RangeThread({ ...options, settings }) };
}

/** What a thread is started with. */
export interface ThreadData extends SharedOptions {
  readonly settings: ConnectionSettings;
}

/** What a thread is asked. */
export interface ThreadTask {
  readonly range: ChainRange;
  readonly kept: RangeOptions['kept'];
}

/** What it answers. */
export type ThreadAnswer = { readonly outcome: RangeOutcome } | { readonly error: Error };

/**
 * Verifies ranges in threads, and passes on the outcomes in the order of the ranges. All threads end with the iteration.
 * @throws the error of a thread, or the reason of `signal` when it is aborted
 */
export async function* verifyInThreads(
  ranges: AsyncIterable<ChainRange>,
  { count, open }: Threads,
  { head, keys, kept, witnessed, page, signal }: RangeOptions,
): AsyncGenerator<{ range: ChainRange; outcome: RangeOutcome }> {
  const threads = Array.from({ length: count }, () => open({ head, keys, witnessed, page }));
  const free = new Places(threads);
  const verify = async (range: ChainRange) => {
    const thread = await free.take();
    const task = { range, kept: kept.filter(({ sequence }) => isIn(range, sequence)) };
    try {
      return { range, outcome: await thread.verify(task, signal) };
    } finally {
      free.give(thread);
    }
  };
  const underWay: ReturnType<typeof verify>[] = [];
  try {
    for await (const range of ranges) {
      const one = verify(range);
      // One that no one waits for any more, because a fault was found before it, may fail.
      one.catch(() => undefined);
      underWay.push(one);
      const first = underWay.length < RANGES_PER_THREAD * count ? undefined : underWay.shift();
      if (first !== undefined) yield await first;
    }
    for (const one of underWay) yield await one;
  } finally {
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

const isIn = ({ begin, end }: ChainRange, sequence: bigint) => sequence > begin.sequence && sequence <= end;

/** Hands out each thread to one range at a time. */
class Places<Thread> {
  readonly #free: Thread[];
  readonly #waiting: ((thread: Thread) => void)[] = [];

  constructor(threads: readonly Thread[]) {
    this.#free = [...threads];
  }

  take(): Promise<Thread> {
    const thread = this.#free.pop();
    return thread === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(thread);
  }

  give(thread: Thread): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(thread);
    else next(thread);
  }
}

class RangeThread implements RangeVerifier {
  readonly #worker: Worker;
  /** Rejects once it has ended. */
  readonly #ended: Promise<never>;

  constructor(workerData: ThreadData) {
    const worker = new Worker(new URL('range-thread.ts', import.meta.url), {
      workerData,
      resourceLimits: MEMORY_MB,
    });
    this.#worker = worker;
    this.#ended = new Promise((_, reject) => {
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('a thread of the verification has ended')));
    });
    this.#ended.catch(() => undefined);
  }

  async verify(task: ThreadTask, signal: AbortSignal | undefined): Promise<RangeOutcome> {
    signal?.throwIfAborted();
    const answered = once(this.#worker, 'message', { signal }).catch((error: Error) => {
      signal?.throwIfAborted();
      throw error;
    });
    this.#worker.postMessage(task);
    const [answer] = (await Promise.race([answered, this.#ended])) as [ThreadAnswer];
    if ('error' in answer) throw answer.error;
    const { last, ...outcome } = answer.outcome;
    return { ...outcome, last: { ...last, hash: bufferOf(last.hash) } };
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** A buffer that was passed between threads arrives as the bytes that it is. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
