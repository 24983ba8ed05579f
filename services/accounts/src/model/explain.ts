import { BATCH_STATUSES } from '@guichet/contract';
import { STORED_STATUSES } from '../operations/life.ts';
import type { ModelBank } from './model-bank.ts';
import type { Action } from './scene.ts';

/** The replies that are not refusals: the current status of an operation, an account or a batch. */
const DONE: ReadonlySet<string> = new Set([...STORED_STATUSES, 'open', ...BATCH_STATUSES]);

/**
 * Explains concurrent actions by an order: finds one in which the model gives each of them the reply that the service gave, and ends in a state for
 * which `isSeen` is true. @returns the model after it; null if there is no such order
 */
export function explain(
  model: ModelBank,
  actions: readonly Action[],
  isSeen: (model: ModelBank) => boolean,
): ModelBank | null {
  if (actions.length === 0) return isSeen(model) ? model : null;
  for (const [index, action] of actions.entries()) {
    const next = model.copy();
    if (action.play(next) !== action.answer) continue;
    const rest = actions.toSpliced(index, 1);
    // A refusal changes nothing at any position, so it needs no other order.
    if (!DONE.has(action.answer)) return explain(model, rest, isSeen);
    const end = explain(next, rest, isSeen);
    if (end !== null) return end;
  }
  return null;
}
