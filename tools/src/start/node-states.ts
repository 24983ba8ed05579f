import { SERVICES } from '@guichet/contract';
import { isSeenByOthers, readNodeState } from '../servers/node-state.ts';
import { missingFrom } from './readiness.ts';
import { databaseNodes, databaseOptions } from './server-options.ts';
import { adminPort, type BankSettings, natsNodesOf, processesOf } from './settings.ts';

/** What a node of a cluster, or a process of a service, does at the moment. */
export interface NodeStatus {
  name: string;
  /** `writer`, `joined`, `syncing`, `cut off`, `leader`, `follower`, `ready`, `not ready` or `down`. */
  state: string;
  detail?: string;
}

const ANSWER_WITHIN_MS = 2_000;

/** Reads the state of every node again and again. The writer is the primary of a MySQL group, and the node of a Galera cluster on which the services committed last. */
export class NodeStates {
  readonly #settings: BankSettings;
  readonly #ownTransactions = new Map<string, number>();
  #writer: string | null = null;

  constructor(settings: BankSettings) {
    this.#settings = settings;
  }

  async read(): Promise<NodeStatus[]> {
    const { ports } = this.#settings;
    const databases = await this.#readDatabases();
    const nats = await Promise.all(
      natsNodesOf(ports).map((name) => natsStatus(name, ports[`${name}_monitor`] as number)),
    );
    const services = await Promise.all(
      SERVICES.flatMap((service) => processesOf(service, ports)).map(async (name) =>
        serviceStatus(name, await missingFrom(adminPort(name, ports))),
      ),
    );
    for (const { name, isWriter } of databases) if (isWriter) this.#writer = name;
    return [
      ...databases.map(({ name, state }) => ({
        name,
        state: state === 'joined' && name === this.#writer ? 'writer' : state,
      })),
      ...nats,
      ...services,
    ];
  }

  async #readDatabases(): Promise<(NodeStatus & { isWriter: boolean })[]> {
    const nodes = databaseNodes(this.#settings);
    const states = await Promise.all(
      nodes.map((node) => readNodeState(node, databaseOptions(this.#settings)).catch(() => null)),
    );
    return nodes.map(({ name, port }, index) => {
      const state = states[index] ?? null;
      const before = this.#ownTransactions.get(name);
      this.#ownTransactions.delete(name);
      if (state === null) return { name, state: 'down', isWriter: false };
      this.#ownTransactions.set(name, state.ownTransactions);
      const others = states.flatMap((other) => (other === null || other === state ? [] : [other]));
      if (!isSeenByOthers(port, state, others)) return { name, state: 'cut off', isWriter: false };
      const isWriter = state.isWriter ?? (before !== undefined && state.ownTransactions > before);
      return { name, state: state.state, isWriter };
    });
  }
}

async function natsStatus(name: string, monitorPort: number): Promise<NodeStatus> {
  try {
    const reply = await fetch(`http://127.0.0.1:${monitorPort}/jsz`, {
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const { meta_cluster: cluster } = (await reply.json()) as { meta_cluster?: { leader?: string } };
    // A server on its own has no cluster.
    if (cluster === undefined) return { name, state: 'ready' };
    if (!cluster.leader) return { name, state: 'cut off' };
    return { name, state: cluster.leader === name ? 'leader' : 'follower' };
  } catch {
    return { name, state: 'down' };
  }
}

function serviceStatus(name: string, missing: string | null): NodeStatus {
  if (missing === null) return { name, state: 'ready' };
  return missing === 'it does not listen'
    ? { name, state: 'down' }
    : { name, state: 'not ready', detail: missing };
}

/** One line per node. */
export function printedStates(states: readonly NodeStatus[]): string {
  const width = Math.max(...states.map(({ name }) => name.length));
  return states.map((state) => `  ${printedState(state, width)}`).join('\n');
}

/** The lines of the nodes whose state changed. */
export function printedChanges(before: readonly NodeStatus[], now: readonly NodeStatus[]): string[] {
  const states = new Map(before.map(({ name, state }) => [name, state]));
  return now
    .filter(({ name, state }) => states.get(name) !== state)
    .map((one) => `${one.name}: ${states.get(one.name) ?? 'unknown'} → ${stateWords(one)}`);
}

function printedState(one: NodeStatus, width: number): string {
  return `${one.name.padEnd(width)}  ${stateWords(one)}`;
}

function stateWords({ state, detail }: NodeStatus): string {
  return detail === undefined ? state : `${state} (${detail})`;
}
