import { type Batcher, createBatcher } from '@guichet/batching';
import { isUnavailable } from '@guichet/database';
import type { Bank } from './bank.ts';
import type { DecisionCommand } from './decisions/batch-state.ts';
import { decideOperations } from './decisions/decide-operations.ts';
import type { Answered } from './idempotency/answer.ts';
import { observeBatch, observeDesk, type Work } from './metrics.ts';
import type { OperationRequest } from './operations/request.ts';
import { requestOperations } from './operations/request-operations.ts';

/** Where single requests queue up and become batches: one window for asking, one for deciding. */
export interface Desk {
  /** @throws QueueFullError where too many wait already */
  request(request: OperationRequest): Promise<Answered>;
  /** @throws QueueFullError where too many wait already */
  decide(command: DecisionCommand): Promise<Answered>;
  readonly waiting: { requests: number; decisions: number };
  /** Resolves when nobody waits. */
  idle(): Promise<void>;
}

const MAX_BATCH = 256;
const MAX_WAITING = 8_192;
/** One batch is made up while another waits for the database; they meet there as those of two replicas do. */
const MAX_RUNNING = 2;

export function openDesk(bank: Bank): Desk {
  const windowFor = <Item>(name: Work, work: (bank: Bank, items: readonly Item[]) => Promise<Answered[]>) =>
    createBatcher<Item, Answered | { failure: unknown }>({
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      maxRunning: MAX_RUNNING,
      run: (items) => {
        observeBatch(name, items.length);
        return runIsolating(bank, work, items);
      },
    });
  const asking = windowFor('request', requestOperations);
  const deciding = windowFor('decision', decideOperations);
  return {
    request: (request) => observeDesk('request', () => submit(asking, request)),
    decide: (command) => observeDesk('decision', () => submit(deciding, command)),
    get waiting() {
      return { requests: asking.waiting, decisions: deciding.waiting };
    },
    async idle() {
      await Promise.all([asking.idle(), deciding.idle()]);
    },
  };
}

async function submit<Item>(
  window: Batcher<Item, Answered | { failure: unknown }>,
  item: Item,
): Promise<Answered> {
  const outcome = await window.submit(item);
  if ('failure' in outcome) throw outcome.failure;
  return outcome;
}

/** Runs a batch; one that fails for another reason than the database being away is run again item by item, so that only the bad item fails. */
async function runIsolating<Item>(
  bank: Bank,
  work: (bank: Bank, items: readonly Item[]) => Promise<Answered[]>,
  items: readonly Item[],
): Promise<(Answered | { failure: unknown })[]> {
  try {
    const answers = await work(bank, items);
    bank.committed();
    return answers;
  } catch (failure) {
    if (items.length === 1 || isUnavailable(failure)) return items.map(() => ({ failure }));
    bank.log.error({ err: failure, items: items.length }, 'batch failed, retrying its items one by one');
    const outcomes = [];
    for (const item of items) outcomes.push(...(await runIsolating(bank, work, [item])));
    return outcomes;
  }
}
