import { OPERATION_STATUSES } from '@guichet/contract';
import type { ModelBank } from './model-bank.ts';
import type { Action } from './requests.ts';

/** The answers that are not refusals: the current status of an operation or an account. */
const DONE: ReadonlySet<string> = new Set([...OPERATION_STATUSES, 'open']);

/**
 * Whether actions that were done at once can be explained one after the other: finds an order in which the model gives each of them the answer
 * that the service gave, and ends where `isSeen`. @returns the model after it; null where there is no such order
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
