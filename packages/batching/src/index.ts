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
 * Coalesces concurrent calls: while as many batches run as may, what arrives is gathered, and goes next, at once. It never waits for
 * company, so that a lone caller pays nothing, and the batch grows only with the load.
 */
export function createBatcher<Item, Outcome>(options: BatcherOptions<Item, Outcome>): Batcher<Item, Outcome> {
  type Waiting = { item: Item; resolve: (outcome: Outcome) => void; reject: (error: unknown) => void };
  const { maxRunning = 1 } = options;
  const queue: Waiting[] = [];
  const onIdle: (() => void)[] = [];
  let running = 0;

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, options.maxBatch);
      try {
        const outcomes = await options.run(batch.map(({ item }) => item));
        if (outcomes.length !== batch.length) throw new Error('a batch must have one outcome for each item');
        for (const [index, { resolve }] of batch.entries()) resolve(outcomes[index] as Outcome);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running -= 1;
    if (running === 0) for (const wake of onIdle.splice(0)) wake();
  }

  return {
    submit(item) {
      if (queue.length >= options.maxWaiting) return Promise.reject(new QueueFullError());
      return new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject });
        // A turn of the event loop lets requests that arrived together share the first batch.
        if (running < maxRunning) {
          running += 1;
          setImmediate(() => void drain());
        }
      });
    },
    get waiting() {
      return queue.length;
    },
    idle: () => (running > 0 ? new Promise((resolve) => onIdle.push(resolve)) : Promise.resolve()),
  };
}
