import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { ensureHelm } from '../programs/helm.ts';
import { CHART } from './generated-files.ts';

/** The fields that every Kubernetes object has. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the shape is each kind's own, and what the tests ask of it is what they test
  [field: string]: any;
}

export interface Rendering {
  release?: string;
  namespace?: string;
  /** Paths of values files. */
  files?: readonly string[];
  /** Values for `--set-json`, which keeps numbers as a values file does. */
  json?: readonly string[];
  /** Values for `--set`. */
  set?: readonly string[];
  /** Whether helm has the API list of a cluster (default), or its own list, as without a cluster. */
  inCluster?: boolean;
}

/** The output of `helm template` as text. @throws Error with helm's message */
export async function renderText({
  release = 'guichet',
  namespace = 'bank',
  files = [],
  json = [],
  set = [],
  inCluster = true,
}: Rendering = {}) {
  const { stdout } = await helm([
    'template',
    release,
    CHART,
    '--namespace',
    namespace,
    ...(inCluster ? ['--api-versions', 'apiregistration.k8s.io/v1'] : []),
    ...files.flatMap((file) => ['--values', file]),
    ...json.flatMap((value) => ['--set-json', value]),
    ...set.flatMap((value) => ['--set', value]),
  ]);
  return stdout;
}

/** The output of `helm template` as objects. */
export async function render(rendering: Rendering = {}): Promise<KubernetesObject[]> {
  const text = await renderText(rendering);
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** @throws Error with helm's message */
export async function helm(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const result = await execa(await ensureHelm(), args, { reject: false });
  if (result.exitCode !== 0) throw new Error(result.stderr || result.stdout);
  return result;
}

const POD_KINDS = new Set(['Deployment', 'StatefulSet', 'Job', 'CronJob', 'Pod']);

/** The pod template of an object, or null. */
export function podOf(object: KubernetesObject) {
  if (!POD_KINDS.has(object.kind)) return null;
  if (object.kind === 'Pod') return { metadata: object.metadata, spec: object.spec };
  return object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec.template;
}

/** Whether the object's pods run permanently: deployments and stateful sets. */
export function staysUp(object: KubernetesObject): boolean {
  return object.kind === 'Deployment' || object.kind === 'StatefulSet';
}
