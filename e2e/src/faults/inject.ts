import { setTimeout as sleep } from 'node:timers/promises';
import { NATS_NODES, type RunningBank } from '@guichet/tools';

/** The faults that a process can have. */
export const FAULTS = ['kill', 'freeze', 'cut', 'lose'] as const;
export type Fault = (typeof FAULTS)[number];

const WORDS: Readonly<Record<Fault, string>> = {
  kill: 'killed',
  freeze: 'frozen',
  cut: 'cut off',
  lose: 'cut off, connections lost',
};

/** The targets of faults: each process of the bank, and two nodes of NATS at once, which leaves it without a majority. */
export const TARGETS: Readonly<Record<string, readonly string[]>> = {
  frontend: ['frontend'],
  auth: ['auth'],
  accounts: ['accounts'],
  logging: ['logging'],
  mailer: ['mailer'],
  database: ['database'],
  ...Object.fromEntries(NATS_NODES.map((node) => [node, [node]])),
  'nats-2+nats-3': ['nats-2', 'nats-3'],
};

export interface PlannedFault {
  fault: Fault;
  target: string;
}

/** Something else that happens to a bank while it is used, such as a migration. */
export interface PlannedEvent {
  name: string;
  happen(bank: RunningBank): Promise<unknown>;
}

export function nameOf(planned: PlannedFault | PlannedEvent): string {
  return 'fault' in planned ? `${planned.target} ${WORDS[planned.fault]}` : planned.name;
}

/**
 * Lets a fault happen, and ends it after `lastsMs`. A killed process is started again at once, as Kubernetes would; two killed together stay down for `lastsMs`.
 */
export async function inject(
  bank: RunningBank,
  planned: PlannedFault | PlannedEvent,
  lastsMs: number,
): Promise<void> {
  if (!('fault' in planned)) {
    await planned.happen(bank);
    return;
  }
  const { fault, target } = planned;
  await strike(bank, { fault, processes: TARGETS[target] ?? [], lastsMs });
}

/** Lets processes have a fault at once. */
export async function strike(
  bank: RunningBank,
  { fault, processes, lastsMs }: { fault: Fault; processes: readonly string[]; lastsMs: number },
): Promise<void> {
  if (fault === 'kill') return kill(bank, processes, lastsMs);
  const begin = async (name: string) => (fault === 'freeze' ? bank.freeze(name) : bank.cutOff(name));
  const end = async (name: string) =>
    fault === 'freeze' ? bank.thaw(name) : bank.heal(name, { forget: fault === 'lose' });
  await Promise.all(processes.map(begin));
  try {
    await sleep(lastsMs);
  } finally {
    await Promise.all(processes.map(end));
  }
}

async function kill(bank: RunningBank, processes: readonly string[], lastsMs: number): Promise<void> {
  for (const name of processes) bank.kill(name, 'SIGKILL');
  // The supervisor itself would wait longer after each failure.
  await Promise.all(processes.map((name) => bank.halt(name)));
  if (processes.length > 1) await sleep(lastsMs);
  for (const name of processes) bank.start(name);
}
