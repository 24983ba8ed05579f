import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube } from './kube.ts';

export interface PodPlan {
  name: string;
  image: string;
  /** A file of `pods/`. */
  script: string;
  args?: readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** The labels of the pods beside which it runs if there are several nodes. */
  beside?: Readonly<Record<string, string>>;
  onLine?: (line: string) => void;
}

// In the image's working folder, whose package.json makes the scripts ES modules. They use only built-in modules.
const SCRIPTS = '/app/cluster-test';
/** Labels that no network policy of the bank selects. */
const LABELS = { 'app.kubernetes.io/name': 'guichet-cluster-test' };

/** Starts a pod that is not part of the bank, with a script from a ConfigMap. `stop` lets the script finish and deletes the pod. */
export async function runPod(
  kube: Kube,
  { name, image, script, args = [], environment = {}, beside, onLine = () => undefined }: PodPlan,
): Promise<{ stop(): Promise<void> }> {
  await kube.kubectl(['delete', 'pod', name, '--ignore-not-found', '--grace-period=0', '--force']);
  const source = await readFile(join(import.meta.dirname, 'pods', script), 'utf8');
  await kube.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { [script]: source } });
  await kube.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: LABELS },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 30,
      automountServiceAccountToken: false,
      ...(beside === undefined ? {} : { affinity: { podAffinity: preferring(beside) } }),
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      volumes: [{ name: 'scripts', configMap: { name } }],
      containers: [
        {
          name: 'main',
          image,
          command: ['node', `${SCRIPTS}/${script}`, ...args],
          volumeMounts: [{ name: 'scripts', mountPath: SCRIPTS, readOnly: true }],
          env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    },
  });
  await waitForStart(kube, name);
  const logs = kube.follow(['logs', '--follow', name], onLine);
  return {
    async stop() {
      await kube.kubectl(['exec', name, '--', 'node', '-e', 'process.kill(1, "SIGTERM")']);
      await waitForPhase(kube, name, ['Succeeded', 'Failed'], 60_000);
      // The last lines arrive after the pod has ended.
      await sleep(1_000);
      await logs.stop();
      await remove(kube, name);
    },
  };
}

function preferring(matchLabels: Readonly<Record<string, string>>) {
  const podAffinityTerm = { labelSelector: { matchLabels }, topologyKey: 'kubernetes.io/hostname' };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] };
}

/** Runs a pod until it ends; returns its output. */
export async function runToEnd(kube: Kube, plan: Omit<PodPlan, 'onLine'>): Promise<string> {
  await runPod(kube, plan);
  await waitForPhase(kube, plan.name, ['Succeeded', 'Failed'], 60_000);
  const text = await kube.kubectl(['logs', plan.name]);
  await remove(kube, plan.name);
  return text;
}

async function remove(kube: Kube, name: string): Promise<void> {
  await kube.kubectl(['delete', 'pod', name, '--ignore-not-found', '--grace-period=0', '--force']);
  await kube.kubectl(['delete', 'configmap', name, '--ignore-not-found']);
}

async function waitForStart(kube: Kube, name: string): Promise<void> {
  await waitForPhase(kube, name, ['Running', 'Succeeded', 'Failed'], 60_000);
}

async function waitForPhase(
  kube: Kube,
  name: string,
  wanted: readonly string[],
  withinMs: number,
): Promise<void> {
  const end = Date.now() + withinMs;
  for (;;) {
    const { status } = await kube.get(['pod', name]);
    if (wanted.includes(status.phase)) return;
    if (Date.now() > end)
      throw new Error(`pod ${name} is still ${status.phase}: ${JSON.stringify(status.containerStatuses)}`);
    await sleep(250);
  }
}
