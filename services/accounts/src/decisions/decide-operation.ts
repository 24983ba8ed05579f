import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { claimKey } from '../idempotency/in-flight.ts';
import type { Outcome } from '../idempotency/outcome.ts';
import type { OperationState } from '../operations/operation.ts';
import type { DecisionCommand } from './batch-state.ts';
import { postApproved } from './post-approved.ts';

/** Decides one operation, in a batch with concurrent decisions. @throws Problem request_in_progress */
export async function decideOperation(
  deps: Deps,
  queue: CommandQueue,
  command: DecisionCommand,
): Promise<Outcome<OperationState>> {
  const release = claimKey(deps.inFlightKeys, command.idempotency?.key);
  try {
    const outcome = await queue.decide(command);
    await postApproved(deps, [outcome]);
    return outcome;
  } finally {
    release();
  }
}
