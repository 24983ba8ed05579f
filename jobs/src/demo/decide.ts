import type { Ending } from './asks.ts';
import type { ApiClient } from './client.ts';

/** A request made in the story, and what is to become of it. */
export interface Requested {
  id: string;
  ending: Ending;
}

interface Outcome {
  id: string;
  status: string;
  error: { code: string; title: string } | null;
}

/** The first agent decides the whole round in one go; the second then joins wherever two are needed. */
export async function decideAll(
  requested: readonly Requested[],
  agents: { first: ApiClient; second: ApiClient },
): Promise<void> {
  const decisions = requested.flatMap(decisionOf);
  if (decisions.length === 0) return;
  const outcomes = await decide(agents.first, decisions);
  const endings = new Map(requested.map(({ id, ending }) => [id, ending]));
  const halfway = outcomes.filter(({ id, status }) => status === 'approved' && endings.get(id) === 'approve');
  if (halfway.length === 0) return;
  await decide(
    agents.second,
    halfway.map(({ id }) => ({ id, decision: 'approve' })),
  );
}

interface Decision {
  id: string;
  decision: 'approve' | 'reject';
  reason?: string;
}

function decisionOf({ id, ending }: Requested): Decision[] {
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
