import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES } from '@guichet/contract';
import { eventually } from '@guichet/testing';
import { NATS_NODES, type RunningBank } from '@guichet/tools';
import { type Fault, type PlannedEvent, strike } from './inject.ts';

/** A fault of a bank with three nodes of each server and two processes of each service. */
export interface Failover {
  name: string;
  fault: Fault;
  /** The processes that have it at once; the writer is only known when it happens. */
  targets(bank: RunningBank): Promise<readonly string[]>;
}

const WORDS: Readonly<Record<Fault, string>> = {
  kill: 'killed',
  freeze: 'frozen',
  cut: 'cut off',
  lose: 'cut off, connections lost',
};
const ALL = ['kill', 'freeze', 'cut'] as const;
const UNISOLATED = ['kill', 'freeze'] as const;
const WHOLE_AGAIN_WITHIN_MS = 180_000;

/**
 * Every node and process in turn, the writer included; then two NATS nodes, and a whole machine, at once. Only Galera can end the connections between
 * database nodes, so those of a MySQL group are not cut off.
 */
export function failovers({ mysql = false } = {}): Failover[] {
  const targets: Omit<Failover, 'fault'>[] = [
    { name: 'database writer', targets: async (bank) => [await writerOf(bank)] },
    {
      name: 'database node that only reads',
      targets: async (bank) => [(await othersThanWriter(bank))[0] as string],
    },
    ...NATS_NODES.map((node) => ({ name: node, targets: async () => [node] })),
    ...SERVICES.map((service) => ({ name: `one of two ${service}`, targets: async () => [service] })),
    { name: 'two NATS nodes', targets: async () => NATS_NODES.slice(1) },
    { name: 'a machine with the writer', targets: async (bank) => machineOf(await writerOf(bank)) },
  ];
  return targets.flatMap((one) => {
    const faults = mysql && /database|machine/.test(one.name) ? UNISOLATED : ALL;
    return faults.map((fault) => ({ ...one, name: `${one.name} ${WORDS[fault]}`, fault }));
  });
}

/** One database node, the NATS node of the same number, and one process of each service. */
function machineOf(database: string): string[] {
  const number = /-(\d)$/.exec(database)?.[1] ?? '1';
  const suffix = number === '1' ? '' : `-${number}`;
  // There are two processes of each service, on the first two machines.
  return [
    database,
    `nats${suffix}`,
    ...SERVICES.map((service) => (number === '2' ? `${service}-2` : service)),
  ];
}

/** A fault as an event of a run, which ends once every node has joined again. */
export function eventOf({ name, fault, targets }: Failover, lastsMs: number): PlannedEvent {
  return {
    name,
    async happen(bank) {
      await strike(bank, { fault, processes: await targets(bank), lastsMs });
      await waitUntilWhole(bank);
    },
  };
}

async function writerOf(bank: RunningBank): Promise<string> {
  return eventually(async () => {
    const writers = (await bank.nodeStates()).filter(({ state }) => state === 'writer');
    if (writers[0] === undefined) await sleep(500);
    return writers[0]?.name ?? null;
  }, WHOLE_AGAIN_WITHIN_MS);
}

async function othersThanWriter(bank: RunningBank): Promise<string[]> {
  await writerOf(bank);
  return (await bank.nodeStates()).filter(({ state }) => state === 'joined').map(({ name }) => name);
}

const WHOLE = new Set(['writer', 'joined', 'leader', 'follower', 'ready']);

/** The next fault would otherwise meet a bank that has lost something already. */
async function waitUntilWhole(bank: RunningBank): Promise<void> {
  await eventually(async () => {
    const states = await bank.nodeStates();
    const isWhole = states.every(({ state }) => WHOLE.has(state));
    if (!isWhole) await sleep(500);
    return isWhole;
  }, WHOLE_AGAIN_WITHIN_MS);
}
