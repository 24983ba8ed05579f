import { SERVICES, type ServiceName } from '@guichet/contract';
import type { RunningBank } from '@guichet/tools';
import { type PlannedFault, TARGETS } from './inject.ts';
import type { Finding } from './tally.ts';

/** The process of each service. */
export type Pids = ReadonlyMap<ServiceName, number | undefined>;

export function pidsOf(bank: Pick<RunningBank, 'pid'>): Pids {
  return new Map(SERVICES.map((name) => [name, bank.pid(name)]));
}

/** Services that ended by themselves during a fault: that of another process is no reason to, and one that is frozen or cut off goes on. */
export function restartsSince(
  before: Pids,
  after: Pids,
  { fault, target }: PlannedFault,
  phase: number,
): Finding[] {
  const killed = fault === 'kill' ? (TARGETS[target] ?? []) : [];
  return [...after]
    .filter(([name, pid]) => pid !== before.get(name) && !killed.includes(name))
    .map(([name]) => ({ kind: 'restarted', phase, text: `${name} ended by itself` }));
}
