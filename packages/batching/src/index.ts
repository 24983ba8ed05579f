/** Thrown by `submit` when the queue is full. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

export interface BatcherOptions<Item, Outcome> {
  /** Processes a batch and returns the outcomes in the order of the items. An error rejects every item of the batch. */
  run: (items: readonly Item[]) => Promise<readonly Outcome[]>;
  /** The most items in a batch. */
  maxBatch: number;
  /** The most items that may wait; one more is refused with QueueFullError. */
  maxWaiting: number;
  /** The most batches that run at once (default 1). With more, one is prepared while another waits for the disk; `run` must be safe to run concurrently. */
  maxRunning?: number;
}

/** Passes single items to `run` in batches. */
export interface Batcher<Item, Outcome> {
  /** @throws QueueFullError */
  submit(item: Item): Promise<Outcome>;
  readonly waiting: number;
  /** Resolves when no item waits or runs. */
  idle(): Promise<void>;
}

/**
 * Coalesces concurrent calls: items that arrive while a batch runs form the next one. It starts when the first ends or, if `maxRunning` allows, as
 * soon as it is as large as the first. When nothing runs, an item never waits for others, so that a single caller has no extra delay and batches grow
 * only with the load.
 */
export function createBatcher<Item, Outcome>(options: BatcherOptions<Item, Outcome>): Batcher<Item, Outcome> {
  type Waiting = { item: Item; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void };
  const { maxRunning = 1 } = options;
  const queue: Waiting[] = [];
  const onIdle: (() => void)[] = [];
  let running = 0;
  let itemsRunning = 0;
  let isStarting = false;

  // While a batch runs, only one at least as large starts: many small ones would cost more than they gain.
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
