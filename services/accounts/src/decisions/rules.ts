import type { Problem } from '@guichet/errors';
import { refuse } from '../errors.ts';
import { type Step, TRANSITIONS } from '../operations/kinds.ts';
import type { Decision, Operation } from '../operations/operation.ts';

/** What may be done to a waiting operation: by an agent, by the requester, by time. */
export type Verdict = 'approve' | 'reject' | 'cancel' | 'expire';

/** Whether the verdict is an agent's. */
export function isAgentsVerdict(verdict: Verdict): verdict is 'approve' | 'reject' {
  return verdict === 'approve' || verdict === 'reject';
}

/** The step that a verdict means: the first of two approvals is one of its own. */
export function stepOf(verdict: Verdict, operation: Operation, decisions: readonly Decision[]): Step {
  const approvals = decisions.filter(({ decision }) => decision === 'approve').length;
  return verdict === 'approve' && approvals + 1 < operation.requiredApprovals ? 'approve_first' : verdict;
}

/** What keeps a verdict from being taken, in the documented order; null where nothing does. */
export function refuseVerdict(
  verdict: Verdict,
  byId: string | null,
  operation: Operation,
  decisions: readonly Decision[],
): Problem | null {
  if (isAgentsVerdict(verdict) && operation.requesterId === byId) return refuse.not_your_own_request();
  if (TRANSITIONS[operation.status][stepOf(verdict, operation, decisions)] === undefined)
    return refuse.not_pending();
  if (isAgentsVerdict(verdict) && decisions.some(({ agentId }) => agentId === byId)) {
    return refuse.already_decided_by_you();
  }
  return null;
}
