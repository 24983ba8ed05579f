import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { parse } from 'yaml';
import { CHART } from './generated-files.ts';
import { helm } from './render.ts';

/** The kinds of the chart's objects, which helm looks for in the cluster's list of APIs. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ['ConfigMap', 'Service', 'ServiceAccount'],
  'apps/v1': ['Deployment', 'StatefulSet'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'batch/v1': ['CronJob', 'Job'],
  'networking.k8s.io/v1': ['NetworkPolicy'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding'],
};

/** What a cluster answers to helm's `lookup` of auth's deployment, which has `replicas`. */
function answersOf(replicas: number): Record<string, object> {
  const groups = Object.keys(KINDS).filter((groupVersion) => groupVersion.includes('/'));
  const resourceOf = (kind: string) => {
    const singularName = kind.toLowerCase();
    const name = singularName.replace(/y$/, 'ie').concat('s');
    return { name, singularName, namespaced: true, kind, verbs: ['get', 'list'] };
  };
  const resources = Object.entries(KINDS).map(([groupVersion, kinds]) => [
    groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`,
    { kind: 'APIResourceList', groupVersion, resources: kinds.map(resourceOf) },
  ]);
  return {
    '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0' },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': {
      kind: 'APIGroupList',
      groups: groups.map((groupVersion) => {
        const [name, version] = groupVersion.split('/');
        return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
      }),
    },
    ...Object.fromEntries(resources),
    '/apis/apps/v1/namespaces/bank/deployments/guichet-auth': {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'guichet-auth',
        namespace: 'bank',
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: { 'meta.helm.sh/release-name': 'guichet', 'meta.helm.sh/release-namespace': 'bank' },
      },
      spec: { replicas },
    },
  };
}

/** The replicas that auth's deployment gets in a cluster where it has `replicas`. */
async function replicasAfter(replicas: number, ...set: string[]): Promise<number> {
  const answers = answersOf(replicas);
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url.split('?')[0] ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(answer ?? { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { stdout } = await helm([
      ...['template', 'guichet', CHART, '--namespace', 'bank', '--show-only', 'templates/auth.yaml'],
      ...['--dry-run=server', '--disable-openapi-validation'],
      ...['--kube-apiserver', `http://127.0.0.1:${(server.address() as AddressInfo).port}`],
      ...set.flatMap((value) => ['--set', value]),
    ]);
    const deployment = stdout.split(/^---$/m).find((text) => text.includes('kind: Deployment')) ?? '';
    return parse(deployment).spec.replicas;
  } finally {
    server.close();
  }
}

test('switching an autoscaler on keeps the replicas that run, and an upgrade keeps those that it set', async (t) => {
  t.is(await replicasAfter(3, 'auth.autoscaling.enabled=true'), 3);
  t.is(await replicasAfter(6, 'auth.autoscaling.enabled=true'), 6);
});

test('after a restore an autoscaler starts from its minimum, because it does nothing for 0 replicas', async (t) => {
  t.is(await replicasAfter(0, 'auth.autoscaling.enabled=true'), 2);
});

test('without an autoscaler the replicas are those of the values', async (t) => {
  t.is(await replicasAfter(6, 'auth.replicas=2'), 2);
});
