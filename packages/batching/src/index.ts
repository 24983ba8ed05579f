/** Thrown to a caller whose item found the queue full. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

export interface BatcherOptions<Item, Outcome> {
  /** Works on a batch; outcomes in the order of the items. What it throws goes to every caller of the batch. */
  run: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  /** Items a batch may hold. */
  maxBatch: number;
  /** Items that may wait; one more is refused with QueueFullError. */
  maxWaiting: number;
  /** Batches that may run at once (1). With more, one is made up while another waits for the disk; `run` must bear its like beside it. */
  maxRunning?: number;
}

/** Hands single items to `run` in batches. */
export interface Batcher<Item, Outcome> {
  /** @throws QueueFullError */
  submit(item: Item): Promise<Outcome>;
  readonly waiting: number;
  /** Resolves when nothing waits or runs. */
  idle(): Promise<void>;
}

/**
 * Coalesces concurrent calls: while a batch runs, what arrives is gathered, and goes next, at once; or beside it, where that may be,
 * as soon as it is as large. Where nothing runs nobody waits for company, so that a lone caller pays nothing, and batches grow only with
 * the load.
 */
export function createBatcher<Item, Outcome>(options: BatcherOptions<Item, Outcome>): Batcher<Item, Outcome> {
  type Waiting = { item: Item; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void };
  const { maxRunning = 1 } = options;
  const queue: Waiting[] = [];
  const onIdle: (() => void)[] = [];
  let running = 0;
  let itemsRunning = 0;
  let isStarting = false;

  // Beside a running batch only one as large begins: many small ones would cost more than they gain.
  function isNextDue(): boolean {
    if (queue.length === 0 || running >= maxRunning) return false;
    return running === 0 || queue.length >= Math.min(itemsRunning, options.maxBatch);
  }

  async function runNext(): Promise<void> {
    const batch = queue.splice(0, options.maxBatch);
    running += 1;
    itemsRunning += batch.length;
    try {
      const outcomes = await options.run(batch.map(({ item }) => item));
      if (outcomes.length !== batch.length) throw new Error('a batch must have one outcome for each item');
      for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] as Outcome);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    running -= 1;
    itemsRunning -= batch.length;
    startWhatIsDue();
    if (running === 0) for (const wake of onIdle.splice(0)) wake();
  }

  function startWhatIsDue(): void {
    while (isNextDue()) void runNext();
  }

  return {
    submit(item) {
      if (queue.length >= options.maxWaiting) return Promise.reject(new QueueFullError());
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        if (isStarting || !isNextDue()) return;
        // A turn of the event loop lets requests that arrived together share the first batch.
        isStarting = true;
        setImmediate(() => {
          isStarting = false;
          startWhatIsDue();
        });
      });
    },
    get waiting() {
      return queue.length;
    },
    idle: () =>
      running > 0 || isStarting ? new Promise((resolve) => onIdle.push(resolve)) : Promise.resolve(),
  };
}
