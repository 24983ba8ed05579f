import { type Batcher, createBatcher } from '@guichet/batching';
import { isUnavailable } from '@guichet/database';
import { problems } from '@guichet/errors';
import { sleep } from '@guichet/time';
import { currentTrace, inBatch, type Trace } from '@guichet/tracing';
import type { DecisionCommand } from './decisions/batch-state.ts';
import { decideOperations } from './decisions/decide-operations.ts';
import type { Deps } from './deps.ts';
import type { Outcome } from './idempotency/outcome.ts';
import { type CommandKind, observeBatch, observeFailure, observeOutcome } from './metrics.ts';
import type { OperationState } from './operations/operation.ts';
import type { OperationRequest } from './operations/request.ts';
import { requestOperations } from './operations/request-operations.ts';

/** Collects single commands into batches: one queue for requests, one for decisions. */
export interface CommandQueue {
  /** @throws QueueFullError if too many wait already */
  request(request: OperationRequest): Promise<Outcome<OperationState>>;
  /** @throws QueueFullError if too many wait already */
  decide(command: DecisionCommand): Promise<Outcome<OperationState>>;
  readonly waiting: { requests: number; decisions: number };
  /** Resolves when the queue is empty and nothing runs. */
  idle(): Promise<void>;
}

interface Traced {
  trace?: Trace | null;
}

type RunBatch<Item> = (deps: Deps, items: readonly Item[]) => Promise<Outcome<OperationState>[]>;
type Settled = Outcome<OperationState> | { failure: unknown };

const MAX_BATCH = 256;
const MAX_WAITING = 8_192;
/** One batch is prepared while another waits for the database; their locks conflict in the same way as those of two replicas. */
const MAX_RUNNING = 2;

/** A command waits up to two seconds for auth's event about a user who is not known here yet. */
const UNKNOWN_USER_ATTEMPTS = 20;
const UNKNOWN_USER_PAUSE_MS = 100;

export function openCommandQueue(deps: Deps): CommandQueue {
  const batcherFor = <Item extends Traced>(kind: CommandKind, run: RunBatch<Item>) =>
    createBatcher<Item, Settled>({
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      maxRunning: MAX_RUNNING,
      run: (items) => {
        observeBatch(kind, items.length);
        const batch = { attributes: { items: items.length }, of: items.map(({ trace }) => trace) };
        return inBatch(`batch of ${kind}s`, batch, () => runIsolating(deps, run, items));
      },
    });
  const requests = batcherFor('request', requestOperations);
  const decisions = batcherFor('decision', decideOperations);
  return {
    request: (request) => submit('request', requests, { ...request, trace: currentTrace() }),
    decide: (command) => submit('decision', decisions, { ...command, trace: currentTrace() }),
    get waiting() {
      return { requests: requests.waiting, decisions: decisions.waiting };
    },
    async idle() {
      await Promise.all([requests.idle(), decisions.idle()]);
    },
  };
}

/** Waits for the outcome of one command, and measures it. */
async function submit<Item>(
  kind: CommandKind,
  batcher: Batcher<Item, Settled>,
  item: Item,
): Promise<Outcome<OperationState>> {
  for (let attempt = 1; ; attempt += 1) {
    const began = performance.now();
    const settled = await batcher.submit(item).catch((failure: unknown) => ({ failure }));
    const seconds = (performance.now() - began) / 1000;
    if ('failure' in settled) {
      observeFailure(kind, seconds);
      throw settled.failure;
    }
    observeOutcome(kind, settled, seconds);
    const isUserUnknown = 'refusal' in settled && settled.refusal.code === problems.unavailable.code;
    if (!isUserUnknown || attempt === UNKNOWN_USER_ATTEMPTS) return settled;
    await sleep(UNKNOWN_USER_PAUSE_MS);
  }
}

/** Runs a batch. If one fails although the database is available, its items are run one by one, so that only the bad item fails. */
async function runIsolating<Item>(
  deps: Deps,
  run: RunBatch<Item>,
  items: readonly Item[],
): Promise<Settled[]> {
  try {
    const outcomes = await run(deps, items);
    deps.committed();
    return outcomes;
  } catch (failure) {
    if (items.length === 1 || isUnavailable(failure)) return items.map(() => ({ failure }));
    deps.log.error({ err: failure, items: items.length }, 'batch failed, retrying its items one by one');
    const settled = [];
    for (const item of items) settled.push(...(await runIsolating(deps, run, [item])));
    return settled;
  }
}
