import type { Deps } from '../deps.ts';
import type { Outcome } from '../idempotency/outcome.ts';
import { postItems } from '../incoming/post-items.ts';
import { postLines } from '../interest/post-lines.ts';
import type { OperationState } from '../operations/operation.ts';

/** An agent waits that long for the parts of what they approved; jobs post what is left. */
const WAITED_MS = 5_000;

/** Posts the payments of files and the lines of interest runs that were just approved, so that the agent finds them. */
export async function postApproved(deps: Deps, outcomes: readonly Outcome<OperationState>[]): Promise<void> {
  const signal = AbortSignal.timeout(WAITED_MS);
  for (const outcome of outcomes) {
    if (!('operation' in outcome) || outcome.operation.status !== 'posted') continue;
    const { id } = outcome.operation;
    const fileId = outcome.file?.operationId ?? outcome.fileOperationId;
    try {
      if (fileId !== null) await postItems(deps, { fileId, signal });
      if (outcome.run !== null) await postLines(deps, { runId: id, signal });
    } catch (error) {
      // The operation is posted all the same, and a job posts its parts.
      deps.log.warn({ err: error, operation_id: id }, 'parts of an operation are still to be posted');
    }
  }
}
