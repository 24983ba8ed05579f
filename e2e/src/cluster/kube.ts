import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UserError } from '@guichet/cli';
import { PROJECT } from '@guichet/tools';
import { execa } from 'execa';

export interface CommandResult {
  ok: boolean;
  text: string;
  seconds: number;
}

export interface Pod {
  name: string;
  component: string;
  isReady: boolean;
  restarts: number;
  uid: string;
  /** The name of its node; empty if it has none yet. */
  node: string;
}

// biome-ignore lint/suspicious/noExplicitAny: objects as the API server gives them
export type KubeObject = any;

/** One release in one namespace of the cluster that the current context names. */
export class Kube {
  readonly context: string;
  readonly namespace: string;
  readonly release: string;

  constructor(context: string, namespace: string, release: string) {
    this.context = context;
    this.namespace = namespace;
    this.release = release;
  }

  /** @throws UserError if there is no cluster */
  static async current(namespace: string, release: string): Promise<Kube> {
    for (const program of ['kubectl', 'helm']) {
      const { failed } = await execa(program, ['version', '--client'], { reject: false });
      if (failed && program === 'kubectl') throw new UserError('kubectl is not in PATH.');
    }
    const { stdout, exitCode } = await execa('kubectl', ['config', 'current-context'], { reject: false });
    if (exitCode !== 0) throw new UserError('kubectl has no current context. Set it to the cluster to test.');
    const reach = await execa('kubectl', ['--context', stdout, 'version', '-o', 'json'], { reject: false });
    if (reach.exitCode !== 0)
      throw new UserError(`The cluster of context ${stdout} is unavailable: ${reach.stderr}`);
    return new Kube(stdout, namespace, release);
  }

  /** @throws Error with the output of kubectl */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const result = await execa('kubectl', [...this.#where(), ...args], {
      input: input ?? '',
      reject: false,
      all: true,
    });
    if (result.exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${result.all.trim()}`);
    return result.stdout;
  }

  async get(args: readonly string[]): Promise<KubeObject> {
    return JSON.parse(await this.kubectl(['get', ...args, '-o', 'json']));
  }

  async apply(object: KubeObject): Promise<void> {
    await this.kubectl(['apply', '-f', '-'], JSON.stringify(object));
  }

  /** Creates the namespace, in which Pod Security "restricted" is enforced. */
  createNamespace(): Promise<void> {
    const labels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    };
    return this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace, labels } });
  }

  /** Runs helm; a failure is in the result. */
  async helm(args: readonly string[]): Promise<CommandResult> {
    const began = performance.now();
    const where = ['--kube-context', this.context, '--namespace', this.namespace];
    const result = await execa('helm', [...where, ...args], { cwd: PROJECT, reject: false, all: true });
    return {
      ok: result.exitCode === 0,
      text: result.all.trim(),
      seconds: (performance.now() - began) / 1000,
    };
  }

  get selector(): string {
    return `app.kubernetes.io/instance=${this.release}`;
  }

  /** The permanent pods of the release, or of one component. */
  async pods(component?: string): Promise<Pod[]> {
    const more = component === undefined ? '' : `,app.kubernetes.io/component=${component}`;
    const { items } = await this.get(['pods', '-l', `${this.selector}${more}`]);
    return items
      .filter((pod: KubeObject) =>
        ['ReplicaSet', 'StatefulSet'].includes(pod.metadata.ownerReferences?.[0]?.kind),
      )
      .map(readPod);
  }

  /** `deployment/guichet-auth` and so on, by component. */
  async workloads(): Promise<Map<string, string>> {
    const { items } = await this.get(['deployments,statefulsets', '-l', this.selector]);
    return new Map(
      items.map(({ kind, metadata }: KubeObject) => [
        metadata.labels['app.kubernetes.io/component'],
        `${kind.toLowerCase()}/${metadata.name}`,
      ]),
    );
  }

  /** Runs kubectl until `stop` and passes each line of its output to `onLine`. */
  follow(args: readonly string[], onLine: (line: string) => void): { stop(): Promise<void> } {
    const child = this.start(args);
    if (child.stdout) createInterface({ input: child.stdout }).on('line', onLine);
    return { stop: () => end(child) };
  }

  start(args: readonly string[]): ChildProcess {
    const child = spawn('kubectl', [...this.#where(), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    return child;
  }

  #where(): string[] {
    return ['--context', this.context, '--namespace', this.namespace];
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

function readPod(pod: KubeObject): Pod {
  const statuses: KubeObject[] = pod.status.containerStatuses ?? [];
  const condition = (pod.status.conditions ?? []).find(({ type }: KubeObject) => type === 'Ready');
  return {
    name: pod.metadata.name,
    component: pod.metadata.labels['app.kubernetes.io/component'],
    isReady: condition?.status === 'True' && pod.metadata.deletionTimestamp === undefined,
    restarts: statuses.reduce((sum, { restartCount }) => sum + restartCount, 0),
    uid: pod.metadata.uid,
    node: pod.spec.nodeName ?? '',
  };
}
