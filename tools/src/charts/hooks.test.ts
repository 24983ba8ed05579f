import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { CHART, subcharts } from './generated-files.ts';
import { schemaFaults } from './kubernetes-schema.ts';
import { type DocumentedValue, isWorkloadFile, readValues } from './read-values.ts';
import { type KubernetesObject, podOf, type Rendering, render, staysUp } from './render.ts';

const MODES = (await readdir(join(CHART, 'ci'))).map((file) => join(CHART, 'ci', file));
const hooks = readValues(await readFile(join(CHART, 'values.yaml'), 'utf8')).find(
  ({ name }) => name === 'defaults',
)?.children as DocumentedValue[];

/** Every place in the values that is marked as a workload's. */
async function markedPlaces(): Promise<string[]> {
  const placesIn = (values: readonly DocumentedValue[], prefix: string): string[] =>
    values.flatMap(({ name, isWorkload, children }) => [
      ...(isWorkload ? [prefix + name] : []),
      ...placesIn(children, `${prefix}${name}.`),
    ]);
  const own = placesIn(readValues(await readFile(join(CHART, 'values.yaml'), 'utf8')), '');
  const others = await Promise.all(
    (await subcharts()).map(async (name) => {
      const text = await readFile(join(CHART, 'charts', name, 'values.yaml'), 'utf8');
      return [...(isWorkloadFile(text) ? [name] : []), ...placesIn(readValues(text), `${name}.`)];
    }),
  );
  return [...own, ...others.flat()].sort();
}

/** The place of each component's values, from the chart's own table. */
const table = JSON.parse(
  /define "common.workloads" -}}([\s\S]*?){{- end/.exec(
    await readFile(join(CHART, 'charts', 'common', 'templates', '_workload.tpl'), 'utf8'),
  )?.[1] ?? '',
) as Record<string, string>;

interface Workload {
  component: string;
  object: KubernetesObject;
  // biome-ignore lint/suspicious/noExplicitAny: a pod as it is rendered
  spec: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  metadata: any;
}

function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  return objects.flatMap((object) => {
    const pod = podOf(object);
    if (pod === null) return [];
    const component = object.metadata.labels?.['app.kubernetes.io/component'] ?? '';
    return [{ component, object, spec: pod.spec, metadata: pod.metadata }];
  });
}

interface Check {
  /** An example of the hook's value, marked with `word`. */
  value: (word: string) => unknown;
  /** Whether the workload shows the value; null: the hook is for other kinds of workloads. */
  isIn: (workload: Workload, word: string, all: readonly KubernetesObject[]) => boolean | null;
}

const has = (list: unknown, part: object): boolean =>
  Array.isArray(list) && list.some((one) => JSON.stringify(one) === JSON.stringify(part));
const everyContainer = (
  { spec }: Workload,
  word: string,
  // biome-ignore lint/suspicious/noExplicitAny: a container as it is rendered
  isIn: (container: any) => boolean,
): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])]
    .filter(({ image }: { image: string }) => image !== word)
    .every(isIn);
const sibling = (
  { component }: Workload,
  all: readonly KubernetesObject[],
  kind: string,
): KubernetesObject | undefined =>
  all.find(
    (object) =>
      object.kind === kind &&
      object.metadata.labels?.['app.kubernetes.io/component'] === component &&
      !object.metadata.name.endsWith('-headless'),
  );

/** One entry for each setting of `defaults`: the compiler of the chart's schema and this test know no other. */
const CHECKS: Readonly<Record<string, Check>> = {
  extraEnv: {
    value: (word) => [{ name: 'HOOK', value: word }],
    isIn: (workload, word) =>
      everyContainer(workload, word, ({ env }) => has(env, { name: 'HOOK', value: word })),
  },
  extraEnvFrom: {
    value: (word) => [{ configMapRef: { name: word } }],
    isIn: (workload, word) =>
      everyContainer(workload, word, ({ envFrom }) => has(envFrom, { configMapRef: { name: word } })),
  },
  extraVolumes: {
    value: (word) => [{ emptyDir: {}, name: word }],
    isIn: ({ spec }, word) => has(spec.volumes, { emptyDir: {}, name: word }),
  },
  extraVolumeMounts: {
    value: (word) => [{ mountPath: `/${word}`, name: 'tmp' }],
    isIn: (workload, word) =>
      everyContainer(workload, word, ({ volumeMounts }) =>
        has(volumeMounts, { mountPath: `/${word}`, name: 'tmp' }),
      ),
  },
  extraContainers: {
    value: (word) => [{ image: word, name: word }],
    isIn: ({ object, spec }, word) =>
      staysUp(object)
        ? has(spec.containers, { image: word, name: word })
        : has(spec.initContainers, { image: word, name: word, restartPolicy: 'Always' }),
  },
  extraInitContainers: {
    value: (word) => [{ image: word, name: word }],
    isIn: ({ spec }, word) => has(spec.initContainers, { image: word, name: word }),
  },
  annotations: {
    value: (word) => ({ hook: word }),
    isIn: ({ object }, word) => object.metadata.annotations?.hook === word,
  },
  podAnnotations: {
    value: (word) => ({ hook: word, 'prometheus.io/scrape': word }),
    isIn: ({ metadata }, word) =>
      metadata.annotations?.hook === word && metadata.annotations['prometheus.io/scrape'] === word,
  },
  podLabels: {
    value: (word) => ({ hook: word, 'app.kubernetes.io/component': word }),
    isIn: ({ metadata, component }, word) =>
      metadata.labels.hook === word && metadata.labels['app.kubernetes.io/component'] === component,
  },
  nodeSelector: {
    value: (word) => ({ hook: word }),
    isIn: ({ spec }, word) => spec.nodeSelector?.hook === word,
  },
  tolerations: {
    value: (word) => [{ key: word, operator: 'Exists' }],
    isIn: ({ spec }, word) => has(spec.tolerations, { key: word, operator: 'Exists' }),
  },
  affinity: {
    value: (word) => ({
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, preference: { matchExpressions: [{ key: word, operator: 'Exists' }] } },
        ],
      },
    }),
    isIn: ({ spec }, word) => JSON.stringify(spec.affinity ?? {}).includes(word),
  },
  topologySpreadConstraints: {
    value: (word) => [{ maxSkew: 2, topologyKey: word, whenUnsatisfiable: 'DoNotSchedule' }],
    isIn: ({ spec, component }, word) =>
      spec.topologySpreadConstraints?.length === 1 &&
      spec.topologySpreadConstraints[0].topologyKey === word &&
      spec.topologySpreadConstraints[0].labelSelector.matchLabels['app.kubernetes.io/component'] ===
        component,
  },
  priorityClassName: {
    value: (word) => word,
    isIn: ({ spec }, word) => spec.priorityClassName === word,
  },
  podSecurityContext: {
    value: (word) => ({ seLinuxOptions: { level: word }, runAsUser: null }),
    isIn: ({ spec: { securityContext } }, word) =>
      securityContext.seLinuxOptions?.level === word &&
      !('runAsUser' in securityContext) &&
      securityContext.runAsNonRoot === true,
  },
  securityContext: {
    value: (word) => ({ seLinuxOptions: { level: word }, seccompProfile: null }),
    isIn: (workload, word) =>
      everyContainer(
        workload,
        word,
        ({ securityContext }) =>
          securityContext.seLinuxOptions?.level === word &&
          !('seccompProfile' in securityContext) &&
          securityContext.allowPrivilegeEscalation === false,
      ),
  },
  imagePullSecrets: {
    value: (word) => [word, { name: `${word}-2` }],
    isIn: ({ spec }, word) =>
      has(spec.imagePullSecrets, { name: word }) && has(spec.imagePullSecrets, { name: `${word}-2` }),
  },
  podSpec: {
    value: (word) => ({ runtimeClassName: word, enableServiceLinks: null }),
    isIn: ({ spec }, word) => spec.runtimeClassName === word && !('enableServiceLinks' in spec),
  },
  serviceAccountAnnotations: {
    value: (word) => ({ hook: word }),
    isIn: (workload, word, all) =>
      sibling(workload, all, 'ServiceAccount')?.metadata.annotations?.hook === word,
  },
  serviceAnnotations: {
    value: (word) => ({ hook: word }),
    isIn: (workload, word, all) => {
      const service = sibling(workload, all, 'Service');
      return service === undefined ? null : service.metadata.annotations?.hook === word;
    },
  },
  serviceSpec: {
    value: (word) => ({ externalName: word, type: 'LoadBalancer' }),
    isIn: (workload, word, all) => {
      const service = sibling(workload, all, 'Service');
      if (service === undefined) return null;
      return service.spec.externalName === word && service.spec.type === 'LoadBalancer';
    },
  },
  strategy: {
    value: () => ({ type: 'Recreate' }),
    isIn: ({ object }) =>
      object.kind === 'Deployment' ? JSON.stringify(object.spec.strategy) === '{"type":"Recreate"}' : null,
  },
  updateStrategy: {
    value: () => ({ type: 'OnDelete' }),
    isIn: ({ object }) =>
      object.kind === 'StatefulSet'
        ? JSON.stringify(object.spec.updateStrategy) === '{"type":"OnDelete"}'
        : null,
  },
  podDisruptionBudget: {
    value: () => ({ minAvailable: '77%' }),
    isIn: (workload, _, all) => {
      // During a restore the services have no pods, and so no budget.
      if (!staysUp(workload.object) || workload.object.spec.replicas === 0) return null;
      const { spec } = sibling(workload, all, 'PodDisruptionBudget') ?? { spec: {} };
      return spec.minAvailable === '77%' && !('maxUnavailable' in spec);
    },
  },
  extraIngressRules: {
    value: (word) => [{ from: [{ podSelector: { matchLabels: { hook: word } } }] }],
    isIn: (workload, word, all) =>
      has(sibling(workload, all, 'NetworkPolicy')?.spec.ingress, {
        from: [{ podSelector: { matchLabels: { hook: word } } }],
      }),
  },
  extraEgressRules: {
    value: (word) => [{ to: [{ podSelector: { matchLabels: { hook: word } } }] }],
    isIn: (workload, word, all) =>
      has(sibling(workload, all, 'NetworkPolicy')?.spec.egress, {
        to: [{ podSelector: { matchLabels: { hook: word } } }],
      }),
  },
};

const renderHooks = (values: object, more: Rendering): Promise<KubernetesObject[]> =>
  render({
    ...more,
    json: Object.entries(values).map(([path, value]) => `${path}=${JSON.stringify(value)}`),
  });

test('every setting of defaults has a check here', (t) => {
  t.deepEqual(
    hooks.map(({ name }) => name),
    Object.keys(CHECKS),
  );
});

test('every place that is marked as a workload’s is in the table of workloads, and every other way round', async (t) => {
  t.deepEqual([...new Set(Object.values(table))].sort(), await markedPlaces());
});

for (const file of MODES) {
  const mode = file.split('/').at(-1);

  test(`${mode}: each default reaches every workload`, async (t) => {
    const values = Object.fromEntries(
      Object.entries(CHECKS).map(([name, { value }]) => [`defaults.${name}`, value('word')]),
    );
    const all = await renderHooks(values, { files: [file] });
    const workloads = workloadsOf(all);
    t.true(workloads.length >= 8);
    for (const workload of workloads)
      for (const [name, { isIn }] of Object.entries(CHECKS))
        t.not(isIn(workload, 'word', all), false, `${workload.object.metadata.name} ${name}`);
    for (const object of all)
      t.deepEqual(await schemaFaults(object), [], `${object.kind} ${object.metadata.name}`);
  });

  test(`${mode}: each setting of a workload reaches it and no other`, async (t) => {
    const words = Object.fromEntries(Object.entries(table).map(([_, place]) => [place, `of-${place}`]));
    const values = Object.fromEntries(
      Object.entries(words).flatMap(([place, word]) =>
        Object.entries(CHECKS).map(([name, { value }]) => [`${place}.${name}`, value(word)]),
      ),
    );
    const all = await renderHooks(values, { files: [file] });
    for (const workload of workloadsOf(all)) {
      const place = table[workload.component] ?? '';
      for (const [name, { isIn }] of Object.entries(CHECKS))
        t.not(isIn(workload, words[place] ?? '', all), false, `${workload.object.metadata.name} ${name}`);
      const text = JSON.stringify([workload.object.metadata, workload.spec]);
      for (const other of Object.values(words).filter((word) => word !== words[place]))
        t.false(text.includes(`"${other}"`), `${workload.object.metadata.name} has ${other}`);
    }
  });
}

test('what a workload sets adds to the lists of the defaults, is merged with their labels, and replaces anything else; null leaves them', async (t) => {
  const all = await renderHooks(
    {
      'defaults.extraEnv': [
        { name: 'PROXY', value: 'default' },
        { name: 'BOTH', value: 'default' },
      ],
      'auth.extraEnv': [{ name: 'AUTH', value: 'own' }],
      'defaults.podLabels': { team: 'default', cost: 'default' },
      'auth.podLabels': { team: 'own' },
      'defaults.tolerations': [{ key: 'default', operator: 'Exists' }],
      'auth.tolerations': [{ key: 'own', operator: 'Exists' }],
      'logging.tolerations': [],
      'mailer.tolerations': null,
      'mailer.priorityClassName': null,
      'defaults.podSecurityContext': { runAsUser: null },
      'auth.podSecurityContext': { runAsUser: 1234 },
    },
    {},
  );
  const specOf = (component: string) =>
    workloadsOf(all).find((workload) => workload.component === component) as Workload;
  const auth = specOf('auth');
  for (const { env } of [...auth.spec.containers, ...auth.spec.initContainers]) {
    t.true(has(env, { name: 'PROXY', value: 'default' }));
    t.true(has(env, { name: 'AUTH', value: 'own' }));
  }
  t.like(auth.metadata.labels, { team: 'own', cost: 'default' });
  t.deepEqual(auth.spec.tolerations, [{ key: 'own', operator: 'Exists' }]);
  t.is(auth.spec.securityContext.runAsUser, 1234);
  t.is(specOf('accounts').spec.securityContext.runAsUser, undefined);
  t.is(specOf('logging').spec.tolerations, undefined);
  t.deepEqual(specOf('mailer').spec.tolerations, [{ key: 'default', operator: 'Exists' }]);
});

test('an extra variable, volume or mount with the name of one of the chart replaces it', async (t) => {
  const all = await renderHooks(
    {
      'auth.extraEnv': [{ name: 'KEY_ENCRYPTION_KEY_FILE', value: '/vault/key' }],
      'auth.extraVolumes': [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }],
      'auth.extraVolumeMounts': [{ name: 'tmp', mountPath: '/etc/guichet/tls' }],
    },
    {},
  );
  const { spec } = workloadsOf(all).find(({ component }) => component === 'auth') as Workload;
  const count = (list: object[], key: string, name: string) =>
    list.filter((one) => (one as Record<string, string>)[key] === name);
  t.deepEqual(count(spec.containers[0].env, 'name', 'KEY_ENCRYPTION_KEY_FILE'), [
    { name: 'KEY_ENCRYPTION_KEY_FILE', value: '/vault/key' },
  ]);
  t.deepEqual(count(spec.volumes, 'name', 'tmp'), [{ name: 'tmp', emptyDir: { sizeLimit: '1Gi' } }]);
  t.is(count(spec.containers[0].volumeMounts, 'mountPath', '/etc/guichet/tls').length, 1);
});

test('common labels and annotations are on every object, and select nothing', async (t) => {
  const all = await renderHooks(
    {
      commonLabels: {
        team: 'payments',
        'app.kubernetes.io/component': 'x',
        'app.kubernetes.io/part-of': 'erp',
      },
      commonAnnotations: { owner: 'payments' },
    },
    { files: [join(CHART, 'ci', 'everything-values.yaml')] },
  );
  for (const object of all) {
    const { labels, annotations, name } = object.metadata;
    t.is(labels?.team, 'payments', name);
    t.is(labels?.['app.kubernetes.io/part-of'], 'erp', name);
    t.not(labels?.['app.kubernetes.io/component'], 'x', name);
    t.is(annotations?.owner, 'payments', name);
    t.false(JSON.stringify(object.spec?.selector ?? {}).includes('payments'), name);
    t.false(JSON.stringify(object.spec?.volumeClaimTemplates ?? {}).includes('payments'), name);
  }
  for (const { metadata } of workloadsOf(all)) t.is(metadata.labels.team, 'payments');
});

test('every image comes from the global registry, with its own path, tag and digest', async (t) => {
  const images = async (json: object, file: string) =>
    (await renderHooks(json, { files: [file] })).flatMap((object) => {
      const spec = podOf(object)?.spec;
      if (object.kind === 'MariaDB') return [object.spec.image];
      return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ image }) => image);
    });
  const digest = `sha256:${'a'.repeat(64)}`;
  const values = {
    'global.imageRegistry': 'registry.example.org/mirror',
    'images.digests': { auth: digest },
    'nats.image': 'nats:2.12-alpine',
    'demo.mailpit.image': 'axllent/mailpit:v1.27',
    'database.operator.image': 'docker.io/library/mariadb:11.8',
  };
  const all = (
    await Promise.all(
      ['everything', 'restore', 'operators', 'galera'].map((mode) =>
        images(values, join(CHART, 'ci', `${mode}-values.yaml`)),
      ),
    )
  ).flat();
  for (const image of all) t.true(image.startsWith('registry.example.org/mirror/'), image);
  for (const image of [
    `guichet-bank/guichet-auth:0.1.0@${digest}`,
    'guichet-bank/guichet-jobs:0.1.0',
    'library/mysql:8.4',
    'library/nats:2.12-alpine',
    'axllent/mailpit:v1.27',
    'library/mariadb:11.8',
    'library/mariadb:10.11',
    'prom/prometheus:v3.5.0',
  ])
    t.true(all.includes(`registry.example.org/mirror/${image}`), image);
});

test('global pull secrets are those of every pod', async (t) => {
  const all = await renderHooks({ 'global.imagePullSecrets': ['mirror', { name: 'other' }] }, {});
  for (const { spec } of workloadsOf(all))
    t.deepEqual(spec.imagePullSecrets, [{ name: 'mirror' }, { name: 'other' }]);
});

test('the pods of the database operator have the defaults that it knows, and its own spec', async (t) => {
  const all = await renderHooks(
    {
      'defaults.nodeSelector': { disk: 'fast' },
      'defaults.tolerations': [{ key: 'bank', operator: 'Exists' }],
      'defaults.priorityClassName': 'bank',
      'defaults.podLabels': { team: 'pods' },
      'global.imagePullSecrets': ['mirror'],
      commonLabels: { team: 'payments' },
      'database.operator.spec': {
        nodeSelector: { disk: 'database' },
        metrics: { enabled: true },
        affinity: null,
      },
    },
    { files: [join(CHART, 'ci', 'operators-values.yaml')] },
  );
  const { spec } = all.find(({ kind }) => kind === 'MariaDB') as KubernetesObject;
  t.like(spec, {
    nodeSelector: { disk: 'database' },
    tolerations: [{ key: 'bank', operator: 'Exists' }],
    priorityClassName: 'bank',
    podMetadata: { labels: { team: 'pods' } },
    inheritMetadata: { labels: { team: 'payments' } },
    imagePullSecrets: [{ name: 'mirror' }],
    metrics: { enabled: true },
    galera: { enabled: true },
  });
  t.false('affinity' in spec);
});

test('extra objects are rendered as templates, whether text or YAML', async (t) => {
  const all = await renderHooks(
    {
      extraObjects: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: '{{ .Release.Name }}-yaml' },
          data: { a: 'b' },
        },
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "common.name" (list . "text") }}\n',
      ],
    },
    {},
  );
  const names = all.map(({ metadata }) => metadata.name);
  t.true(names.includes('guichet-yaml') && names.includes('guichet-text'));
});

test('the frontend has a port on every node or a load balancer, and the others stay inside', async (t) => {
  const all = await render({ set: ['frontend.service.type=NodePort', 'frontend.service.nodePort=30080'] });
  const services = all.filter(({ kind, spec }) => kind === 'Service' && spec.type !== undefined);
  for (const { metadata, spec } of services.filter(({ spec }) => spec.clusterIP !== 'None')) {
    const isFrontend = metadata.name === 'guichet-frontend';
    t.is(spec.type, isFrontend ? 'NodePort' : 'ClusterIP', metadata.name);
    t.is(spec.ports[0].nodePort, isFrontend ? 30080 : undefined, metadata.name);
  }
});

test('an ingress and a route have extra hosts, and the ingress another path', async (t) => {
  const all = await render({
    set: [
      'ingress.enabled=true',
      'ingress.host=*.example.org',
      'ingress.extraHosts={www.example.com}',
      'ingress.path=/*',
      'ingress.pathType=ImplementationSpecific',
      'ingress.tls.enabled=true',
      'httpRoute.enabled=true',
      'httpRoute.parentRefs[0].name=public',
      'httpRoute.host=*.example.org',
      'httpRoute.extraHosts={www.example.com}',
    ],
  });
  const hosts = ['*.example.org', 'www.example.com'];
  const { rules, tls } = all.find(({ kind }) => kind === 'Ingress')?.spec ?? {};
  t.deepEqual(
    rules.map((rule: { host: string }) => rule.host),
    hosts,
  );
  for (const { http } of rules) t.like(http.paths[0], { path: '/*', pathType: 'ImplementationSpecific' });
  t.deepEqual(tls, [{ hosts }]);
  t.deepEqual(all.find(({ kind }) => kind === 'HTTPRoute')?.spec.hostnames, hosts);
});

test('an autoscaler has the operator’s metrics and behaviour', async (t) => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } };
  const metric = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } },
  };
  const all = await renderHooks(
    { 'auth.autoscaling': { enabled: true, behavior, extraMetrics: [metric] } },
    {},
  );
  const { spec } = all.find(({ kind }) => kind === 'HorizontalPodAutoscaler') as KubernetesObject;
  t.deepEqual(spec.behavior, behavior);
  t.deepEqual(spec.metrics[1], metric);
});

test('an external server behind a Service with another target port is reachable, and so is DNS at another port', async (t) => {
  const all = await render({
    files: [join(CHART, 'ci', 'external-values.yaml')],
    json: [
      'database.external.networkPolicyPorts=[13306]',
      'nats.external.networkPolicyPorts=[14222]',
      'mail.smtp.networkPolicyPorts=[1465]',
      'tracing.endpoint="http://collector.tracing:80"',
      'tracing.networkPolicyPorts=[4318]',
      'networkPolicy.dnsPorts=[53,5353]',
      'monitoring.prometheus.enabled=true',
    ],
  });
  const portsFrom = (component: string): number[] =>
    all
      .find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === `guichet-${component}`)
      ?.spec.egress.flatMap(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port));
  const expected: Record<string, number[]> = {
    auth: [13306, 3306, 3307, 14222, 4318, 53, 5353],
    mailer: [465, 1465, 14222, 4318, 5353],
    streams: [14222, 5353],
    prometheus: [5353],
  };
  for (const [component, ports] of Object.entries(expected))
    for (const port of ports) t.true(portsFrom(component).includes(port), `${component} ${port}`);
  t.false(portsFrom('frontend').includes(13306));
});

test('on a cluster that chooses the users, no pod or container names one', async (t) => {
  const all = await render({
    files: [join(CHART, 'ci', 'everything-values.yaml'), join(CHART, 'ci', 'openshift-values.yaml')],
  });
  for (const { object, spec } of workloadsOf(all)) {
    const text = JSON.stringify(spec);
    for (const field of ['runAsUser', 'runAsGroup', '"fsGroup"'])
      t.false(text.includes(field), `${object.metadata.name} ${field}`);
    t.true(spec.securityContext.runAsNonRoot);
  }
});

test('what helm template prints without a cluster contains no test that kubectl would run at once', async (t) => {
  const kinds = (objects: readonly KubernetesObject[]) => objects.filter(({ kind }) => kind === 'Pod').length;
  t.is(kinds(await render({ inCluster: false })), 0);
  t.is(kinds(await render()), 1);
  t.is(kinds(await render({ set: ['tests.enabled=false'] })), 0);
});

test('a test that helm no longer waits for is deleted, after its log was printed, and never runs for long', async (t) => {
  const pod = (await render()).find(({ kind }) => kind === 'Pod');
  t.like(pod?.metadata.annotations, {
    'helm.sh/hook': 'test',
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-failed',
    'helm.sh/hook-output-log-policy': 'hook-failed',
  });
  t.is(pod?.spec.activeDeadlineSeconds, 600);
});
