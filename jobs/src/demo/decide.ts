import type { DecisionKind } from '@guichet/contract';
import type { ApiClient } from './client.ts';
import type { Ending } from './requests.ts';

/** An operation that was requested, and how it is supposed to end. */
export interface RequestedOperation {
  id: string;
  ending: Ending;
}

interface Outcome {
  id: string;
  status: string;
  error: { code: string; title: string } | null;
}

/** The first agent decides the whole round in one bulk decision; the second then approves what needs two agents. */
export async function decideAll(
  requested: readonly RequestedOperation[],
  agents: { first: ApiClient; second: ApiClient },
): Promise<void> {
  const decisions = requested.flatMap(decisionOf);
  if (decisions.length === 0) return;
  const outcomes = await decide(agents.first, decisions);
  const endings = new Map(requested.map(({ id, ending }) => [id, ending]));
  const needSecondAgent = outcomes.filter(
    ({ id, status }) => status === 'approved' && endings.get(id) === 'approve',
  );
  if (needSecondAgent.length === 0) return;
  await decide(
    agents.second,
    needSecondAgent.map(({ id }) => ({ id, decision: 'approve' })),
  );
}

interface Decision {
  id: string;
  decision: DecisionKind;
  reason?: string;
}

function decisionOf({ id, ending }: RequestedOperation): Decision[] {
  if (ending === 'approve' || ending === 'first approval') return [{ id, decision: 'approve' }];
  if (typeof ending === 'object') return [{ id, decision: 'reject', reason: ending.reject }];
  return [];
}

async function decide(agent: ApiClient, items: readonly Decision[]): Promise<Outcome[]> {
  const { items: outcomes } = await agent.post<{ items: Outcome[] }>('/api/operations/decisions', { items });
  const failed = outcomes.find(({ error }) => error !== null && error.code !== 'insufficient_funds');
  if (failed?.error) throw new Error(`operation ${failed.id} could not be decided: ${failed.error.code}`);
  return outcomes;
}
