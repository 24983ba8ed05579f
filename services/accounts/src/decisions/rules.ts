import type { DecisionKind, OperationStep } from '@guichet/contract';
import type { Problem } from '@guichet/errors';
import { refuse } from '../errors.ts';
import { TRANSITIONS } from '../operations/life.ts';
import type { Decision, Operation } from '../operations/operation.ts';

/** The actions on an open operation: by an agent, by the requester, when its time is over, or on its day. */
export type DecisionAction = Exclude<OperationStep, 'approve_first' | 'schedule' | 'fail'>;

/** Whether only agents may do it. */
export function isAgentsAction(action: DecisionAction): action is DecisionKind {
  return action === 'approve' || action === 'reject';
}

/** The step of an action: the first of two approvals is a separate step, and so is the last one of an operation with a date. */
export function stepOf(
  action: DecisionAction,
  operation: Operation,
  decisions: readonly Decision[],
): OperationStep {
  const approvals = decisions.filter(({ decision }) => decision === 'approve').length;
  if (action !== 'approve') return action;
  if (approvals + 1 < operation.requiredApprovals) return 'approve_first';
  return operation.executeOn === null ? 'approve' : 'schedule';
}

/** The first refusal of an action, in the documented order; null if there is none. */
export function refuseDecision(
  action: DecisionAction,
  byId: string | null,
  operation: Operation,
  decisions: readonly Decision[],
): Problem | null {
  if (isAgentsAction(action) && operation.requesterId === byId) return refuse.not_your_own_request();
  if (TRANSITIONS[operation.status][stepOf(action, operation, decisions)] === undefined)
    return refuse.not_pending();
  if (isAgentsAction(action) && decisions.some(({ agentId }) => agentId === byId)) {
    return refuse.already_decided_by_you();
  }
  return null;
}
