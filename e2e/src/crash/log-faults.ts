import type { LogAction } from '@guichet/contract/events';
import { eventually } from '@guichet/testing';
import type { Person } from '../person.ts';

/** Once the log has caught up, it contains one of these actions for each operation, exactly once, and none for another one. */
export async function faultsInLog(
  agent: Person,
  actions: readonly LogAction[],
  operationIds: readonly string[],
): Promise<string[]> {
  const caughtUp = async () => (await countLogged(agent, actions)).size >= operationIds.length;
  await eventually(caughtUp, 60_000).catch(() => undefined);
  const logged = await countLogged(agent, actions);
  const faults = operationIds.flatMap((id) => {
    const count = logged.get(id) ?? 0;
    return count === 1 ? [] : `operation ${id} is ${count} times in the log as ${actions.join(' or ')}`;
  });
  if (logged.size !== operationIds.length)
    faults.push(`${logged.size} operations are in the log, of ${operationIds.length}`);
  const verified = await agent.get('/api/logs/verify');
  if (verified.body.ok !== true) faults.push(`the hash chain of the log is broken: ${verified.text}`);
  return faults;
}

/** How often each operation is in the log with one of these actions. */
async function countLogged(agent: Person, actions: readonly LogAction[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const action of actions) {
    const { text } = await agent.get(`/api/logs/export?format=ndjson&type_action=${action}`);
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const { operation_id: id } = JSON.parse(line).data;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return counts;
}
