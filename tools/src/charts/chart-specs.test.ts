import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { processSettings } from '@guichet/config';
import { DATABASE_SERVICES, SERVICES } from '@guichet/contract';
import {
  MIGRATION_PRIVILEGES,
  migrationUserOf,
  RUNTIME_PRIVILEGES,
  schemaOf,
  schemaStatements,
} from '@guichet/jobs/servers/schema-statements';
import test from 'ava';
import { parse } from 'yaml';
import { PROJECT } from '../project.ts';
import { missingSettings, unknownSettings } from '../settings/required.ts';
import { CHART } from './generated-files.ts';
import { type KubernetesObject, podOf, render, staysUp } from './render.ts';

const everything = [
  'demo.enabled=true',
  'backup.enabled=true',
  'logging.retention.enabled=true',
  'ingress.enabled=true',
  'ingress.host=bank.example.org',
];
const objects = await render({ set: everything });
const bare = await render();
const pods = objects.flatMap((object) => {
  const pod = podOf(object);
  return pod === null ? [] : [{ object, ...pod }];
});
const containersOf = (spec: { containers: unknown[]; initContainers?: unknown[] }) =>
  // biome-ignore lint/suspicious/noExplicitAny: containers as they are rendered
  [...(spec.initContainers ?? []), ...spec.containers] as any[];
const ofKind = (kind: string, among: readonly KubernetesObject[] = objects) =>
  among.filter((object) => object.kind === kind);
const named = (kind: string, name: string, among: readonly KubernetesObject[] = objects) =>
  ofKind(kind, among).find(({ metadata }) => metadata.name === name) as KubernetesObject;
const hasNamed = (kind: string, name: string, among: readonly KubernetesObject[]) =>
  ofKind(kind, among).some(({ metadata }) => metadata.name === name);

test('every container that stays up has a startup, a readiness and a liveness probe', (t) => {
  for (const { object, spec } of pods.filter(({ object }) => staysUp(object))) {
    const staying = [
      ...spec.containers,
      ...(spec.initContainers ?? []).filter(
        (each: { restartPolicy?: string }) => each.restartPolicy === 'Always',
      ),
    ];
    for (const container of staying) {
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        t.truthy(container[probe], `${object.metadata.name} ${container.name} ${probe}`);
      }
    }
  }
});

test('losing the database restarts no service, because liveness checks only the event loop', (t) => {
  for (const name of SERVICES) {
    const [container] = named('Deployment', `guichet-${name}`).spec.template.spec.containers;
    t.is(container.livenessProbe.httpGet.path, '/livez');
    t.is(container.readinessProbe.httpGet.path, '/readyz');
    t.is(container.startupProbe.httpGet.path, '/startupz');
  }
});

test("MySQL's own probes sign in over TCP", (t) => {
  const [container] = named('StatefulSet', 'guichet-mysql').spec.template.spec.containers;
  for (const probe of ['startupProbe', 'readinessProbe']) {
    t.deepEqual(container[probe].exec.command, [
      'mysql',
      '--defaults-file=/run/guichet/probe.cnf',
      '--execute',
      'SELECT 1',
    ]);
  }
  t.regex(named('ConfigMap', 'guichet-mysql').data['prepare.sh'], /host=127\.0\.0\.1\\nprotocol=TCP/);
});

test('every container has requests and limits for CPU and memory', (t) => {
  for (const { object, spec } of pods) {
    for (const { name, resources } of containersOf(spec)) {
      for (const kind of ['cpu', 'memory']) {
        t.truthy(resources?.requests?.[kind], `${object.metadata.name} ${name} requests ${kind}`);
        t.truthy(resources?.limits?.[kind], `${object.metadata.name} ${name} limits ${kind}`);
      }
    }
  }
});

test('every pod meets Pod Security "restricted" and has a read-only root file system', (t) => {
  for (const { object, spec } of pods) {
    const where = `${object.kind} ${object.metadata.name}`;
    t.is(spec.hostNetwork ?? spec.hostPID ?? spec.hostIPC, undefined, where);
    t.true(spec.securityContext.runAsNonRoot, where);
    t.is(spec.securityContext.seccompProfile.type, 'RuntimeDefault', where);
    for (const { name, securityContext, ports } of containersOf(spec)) {
      t.like(
        securityContext,
        {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
        `${where} ${name}`,
      );
      t.false(
        (ports ?? []).some((port: { hostPort?: number }) => port.hostPort !== undefined),
        where,
      );
    }
    const allowed = ['configMap', 'secret', 'emptyDir', 'projected', 'persistentVolumeClaim'];
    for (const { name, ...volume } of spec.volumes ?? []) {
      t.true(allowed.includes(Object.keys(volume)[0] ?? ''), `${where} ${name}`);
    }
  }
});

test('each component has its own service account, and only the two that create secrets have a token', (t) => {
  const holders = pods.filter(({ spec }) => spec.automountServiceAccountToken);
  t.deepEqual([...new Set(holders.map(({ spec }) => spec.serviceAccountName))].sort(), [
    'guichet-bootstrap',
    'guichet-certificates',
  ]);
  const accounts = new Set(ofKind('ServiceAccount').map(({ metadata }) => metadata.name));
  for (const { object, metadata, spec } of pods) {
    t.true(accounts.has(spec.serviceAccountName), object.metadata.name);
    t.is(spec.serviceAccountName, `guichet-${metadata.labels['app.kubernetes.io/component']}`);
  }
  for (const account of ofKind('ServiceAccount')) t.false(account.automountServiceAccountToken);
});

test('those two may create secrets, and read and change only those of this bank', (t) => {
  t.is(ofKind('ClusterRole').length + ofKind('ClusterRoleBinding').length, 0);
  for (const { rules } of ofKind('Role')) {
    t.deepEqual(
      rules.map((rule: { resources: string[]; verbs: string[] }) => [rule.resources, rule.verbs]),
      [
        [['secrets'], ['create']],
        [['secrets'], ['get', 'patch']],
      ],
    );
    t.true(rules[1].resourceNames.every((name: string) => name.startsWith('guichet-')));
  }
});

test('the whole plan of secrets is ensured by each upgrade and every ten minutes; all certificates are renewed only by hand', async (t) => {
  const jobsOf = (among: readonly KubernetesObject[]) =>
    ofKind('Job', among).filter(({ metadata }) => metadata.name.startsWith('guichet-bootstrap-'));
  const [job, ...others] = jobsOf(objects);
  t.deepEqual(others, []);
  const cron = named('CronJob', 'guichet-bootstrap').spec;
  t.deepEqual(cron.jobTemplate.spec.template, job?.spec.template, 'the same pod, with the same plan');
  t.is(cron.schedule, '*/10 * * * *');
  t.is(cron.suspend, undefined);
  t.true(named('CronJob', 'guichet-certificates').spec.suspend);
  const plan = JSON.parse(named('ConfigMap', 'guichet-bootstrap').data['plan.json']);
  t.deepEqual(
    plan.secrets
      .filter((secret: { irreplaceable: boolean }) => secret.irreplaceable)
      .map(({ name }: { name: string }) => name),
    ['guichet-event-keys', 'guichet-key-encryption', 'guichet-log-signing', 'guichet-webhook-encryption'],
  );
  const inPlan = [
    ...plan.secrets.map(({ name }: { name: string }) => name),
    plan.record,
    plan.authority.secret,
    ...plan.certificates.map(({ secret }: { secret: string }) => secret),
  ];
  t.deepEqual(named('Role', 'guichet-bootstrap').rules[1].resourceNames.sort(), inPlan.sort());
  // helm template renders only the first revision.
  const template = await readFile(join(CHART, 'templates', 'bootstrap.yaml'), 'utf8');
  t.regex(template, /"content" \(printf "%s %d" \$plan \.Release\.Revision\)/);
});

test('no secret value is rendered, so the release contains none', (t) => {
  t.deepEqual(ofKind('Secret'), []);
  for (const { data } of ofKind('ConfigMap')) {
    for (const name of Object.keys(data)) t.notRegex(name, /PASSWORD|SECRET|SEED|KEY_ENCRYPTION/);
  }
  for (const { object, spec } of pods) {
    for (const { env } of containersOf(spec)) {
      for (const { name, value } of env ?? []) {
        if (!/PASSWORD|SECRET|SEED|ROUTE/.test(name) || value === undefined) continue;
        t.regex(value, /^\/etc\/guichet\/|\$\(PLAIN_/, `${object.metadata.name} ${name}`);
      }
    }
  }
});

test('every secret that a pod uses is created by the bootstrap job or named by the operator', (t) => {
  const plan = JSON.parse(named('ConfigMap', 'guichet-bootstrap').data['plan.json']);
  const made = new Map<string, string[]>([
    ...plan.secrets.map((secret: { name: string; values: object }) => [
      secret.name,
      Object.keys(secret.values),
    ]),
    ...plan.certificates.map(({ secret }: { secret: string }) => [secret, ['ca.crt', 'tls.crt', 'tls.key']]),
  ]);
  for (const { object, spec } of pods) {
    for (const { secret, projected } of spec.volumes ?? []) {
      if (secret !== undefined)
        t.true(made.has(secret.secretName), `${object.metadata.name} ${secret.secretName}`);
      for (const source of projected?.sources ?? []) {
        for (const { key } of source.secret.items) t.true(made.get(source.secret.name)?.includes(key), key);
      }
    }
    for (const { env } of containersOf(spec)) {
      for (const { valueFrom } of env ?? []) {
        const reference = valueFrom?.secretKeyRef;
        if (reference !== undefined)
          t.true(made.get(reference.name)?.includes(reference.key), reference.name);
      }
    }
  }
});

test('every selector matches only pods of its own component, even with two releases in a namespace', async (t) => {
  const both = [...objects, ...(await render({ release: 'second', set: everything }))];
  const labels = both.flatMap((object) => {
    const pod = podOf(object);
    return pod === null ? [] : [{ owner: object.metadata.name, labels: pod.metadata.labels }];
  });
  for (const object of both) {
    const selector = object.kind === 'Service' ? object.spec.selector : object.spec?.selector?.matchLabels;
    if (selector === undefined) continue;
    const found = labels.filter((pod) =>
      Object.entries(selector).every(([name, value]) => pod.labels[name] === value),
    );
    const owners = new Set(found.map(({ owner }) => owner));
    t.is(owners.size, 1, `${object.kind} ${object.metadata.name} finds ${[...owners]}`);
  }
  const names = both.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  t.deepEqual([...new Set(names)].length, names.length);
});

test('a new version of the bank restarts neither MySQL nor NATS', async (t) => {
  const later = await render({ set: [...everything, 'images.tag=9.9.9'] });
  for (const name of ['guichet-mysql', 'guichet-nats']) {
    t.deepEqual(named('StatefulSet', name, later).spec, named('StatefulSet', name).spec);
  }
  t.notDeepEqual(named('Deployment', 'guichet-auth', later).spec, named('Deployment', 'guichet-auth').spec);
});

test('a changed setting restarts only the pods that read it', async (t) => {
  const later = await render({ set: [...everything, 'bank.registration=open'] });
  t.notDeepEqual(named('Deployment', 'guichet-auth', later), named('Deployment', 'guichet-auth'));
  t.deepEqual(named('Deployment', 'guichet-accounts', later), named('Deployment', 'guichet-accounts'));
});

test('no pod stops before its successor is ready, and each has enough time to shut down', (t) => {
  for (const { metadata, spec } of ofKind('Deployment')) {
    t.is(spec.strategy.rollingUpdate.maxUnavailable, 0, metadata.name);
  }
  const { spec } = named('Deployment', 'guichet-auth').spec.template;
  const settings = named('ConfigMap', 'guichet-auth').data;
  const leaving = spec.containers[0].lifecycle.preStop.sleep.seconds + Number(settings.DRAIN_SECONDS) + 25;
  t.true(spec.terminationGracePeriodSeconds > leaving);
});

test('auth has at least two replicas, spread over nodes, and each workload with several replicas has a disruption budget', (t) => {
  t.true(named('Deployment', 'guichet-auth').spec.replicas >= 2);
  const keys = named('Deployment', 'guichet-auth').spec.template.spec.topologySpreadConstraints.map(
    (constraint: { topologyKey: string }) => constraint.topologyKey,
  );
  t.deepEqual(keys, ['kubernetes.io/hostname', 'topology.kubernetes.io/zone']);
  for (const { metadata, spec } of ofKind('Deployment')) {
    // Otherwise the pods of an update avoid the nodes of those before, and are on one node when those are gone.
    for (const constraint of spec.template.spec.topologySpreadConstraints ?? [])
      t.deepEqual(constraint.matchLabelKeys, ['pod-template-hash'], metadata.name);
  }
  const many = [...ofKind('Deployment'), ...ofKind('StatefulSet')].filter(({ spec }) => spec.replicas > 1);
  t.deepEqual(
    ofKind('PodDisruptionBudget')
      .map(({ metadata }) => metadata.name)
      .sort(),
    many.map(({ metadata }) => metadata.name).sort(),
  );
});

test('a deployment with an autoscaler sets no replicas', async (t) => {
  const scaled = await render({ set: ['auth.autoscaling.enabled=true'] });
  t.is(named('Deployment', 'guichet-auth', scaled).spec.replicas, undefined);
  t.truthy(named('HorizontalPodAutoscaler', 'guichet-auth', scaled));
  t.is(ofKind('HorizontalPodAutoscaler', bare).length, 0);
});

test('the chart takes the levels and the samplers that the services take', async (t) => {
  const { properties } = JSON.parse(await readFile(join(CHART, 'values.schema.json'), 'utf8'));
  t.deepEqual(properties.logLevel.enum, processSettings.LOG_LEVEL.unwrap().options);
  t.deepEqual(
    properties.tracing.properties.sampler.enum,
    processSettings.OTEL_TRACES_SAMPLER.unwrap().options,
  );
});

test('with a collector, every service sends its traces to it and may reach its port; without, nothing of it is set', async (t) => {
  const traced = await render({
    set: [
      'tracing.endpoint=https://collector.example.org',
      'tracing.existingSecret=collector-headers',
      'tracing.sampler=parentbased_traceidratio',
      'tracing.ratio=0.1',
      'tracing.resourceAttributes=deployment.environment.name=staging',
    ],
  });
  for (const name of SERVICES) {
    t.like(named('ConfigMap', `guichet-${name}`, traced).data, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.org',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.1',
      OTEL_RESOURCE_ATTRIBUTES: 'k8s.namespace.name=bank,deployment.environment.name=staging',
    });
    const { spec } = named('Deployment', `guichet-${name}`, traced).spec.template;
    const headers = {
      name: 'OTEL_EXPORTER_OTLP_HEADERS_FILE',
      value: '/etc/guichet/secrets/OTEL_EXPORTER_OTLP_HEADERS',
    };
    t.deepEqual(
      spec.containers[0].env.find((one: { name: string }) => one.name === headers.name),
      headers,
    );
    const { egress } = named('NetworkPolicy', `guichet-${name}`, traced).spec;
    t.true(
      egress.some((rule: object) => JSON.stringify(rule) === '{"ports":[{"port":443,"protocol":"TCP"}]}'),
    );
    const off = named('ConfigMap', `guichet-${name}`, bare).data;
    t.deepEqual(
      Object.keys(off).filter((setting) => setting.startsWith('OTEL')),
      [],
    );
  }
});

test('all traffic is denied by default, and every allowed flow is allowed at both ends', (t) => {
  const policies = ofKind('NetworkPolicy');
  const closed = named('NetworkPolicy', 'guichet-deny-all');
  t.deepEqual(closed.spec.policyTypes, ['Ingress', 'Egress']);
  t.is(closed.spec.ingress ?? closed.spec.egress, undefined);
  const componentOf = (labels: Record<string, string> | undefined) => labels?.['app.kubernetes.io/component'];
  const flows = (direction: 'ingress' | 'egress', peer: 'from' | 'to') =>
    policies.flatMap(({ spec }) =>
      // biome-ignore lint/suspicious/noExplicitAny: rules as they are rendered
      (spec[direction] ?? []).flatMap((rule: any) =>
        // biome-ignore lint/suspicious/noExplicitAny: peers as they are rendered
        (rule[peer] ?? []).map((end: any) => {
          const here = componentOf(spec.podSelector.matchLabels);
          const there = componentOf(end.podSelector?.matchLabels);
          return `${peer === 'to' ? here : there} to ${peer === 'to' ? there : here} at ${rule.ports[0].port}`;
        }),
      ),
    );
  const isOurs = (flow: string): boolean => !/undefined|prometheus/.test(flow);
  const out = flows('egress', 'to').filter(isOurs).sort();
  t.deepEqual(out, flows('ingress', 'from').filter(isOurs).sort());
  t.true(out.includes('auth to mysql at 3306'));
  t.false(out.includes('frontend to mysql at 3306'));
  t.false(out.includes('mailer to mysql at 3306'));
  for (const { metadata } of pods) {
    const component = metadata.labels['app.kubernetes.io/component'];
    t.truthy(named('NetworkPolicy', `guichet-${component}`), component);
  }
});

test('streams have one copy per NATS node, up to three', async (t) => {
  const copies = async (replicas: number) => {
    const rendered = await render({ set: [`nats.replicas=${replicas}`] });
    return named('ConfigMap', 'guichet-streams', rendered).data.NATS_REPLICAS;
  };
  t.deepEqual(await Promise.all([1, 3, 5].map(copies)), ['1', '3', '3']);
});

test('streams fit the space that JetStream may use, and that fits the volume', async (t) => {
  const mib = (size: string) => Number(/^(\d+)Gi$/.exec(size)?.[1]) * 1024;
  const { streamsMiB, maxFileStore, storage } = parse(
    await readFile(join(CHART, 'charts', 'nats', 'values.yaml'), 'utf8'),
  );
  t.true(streamsMiB < mib(maxFileStore) && mib(maxFileStore) < mib(storage.size));
  t.is(named('ConfigMap', 'guichet-streams').data.NATS_STREAMS_MIB, String(streamsMiB));
});

test('during a restore every deployment has 0 replicas', async (t) => {
  const restoring = await render({ set: ['backup.enabled=true', 'restore.enabled=true'] });
  for (const deployment of ofKind('Deployment', restoring)) t.is(deployment.spec.replicas, 0);
});

test('Argo CD, as in the example, stops the services for a restore, because it ignores no replicas', async (t) => {
  const { spec } = parse(await readFile(join(PROJECT, 'k8s', 'argo-cd', 'application.yaml'), 'utf8'));
  t.is(spec.ignoreDifferences, undefined);
  t.false(spec.syncPolicy.syncOptions.some((option: string) => option.includes('IgnoreDifferences')));
});

test('accounts can be stopped by its values, as the runbook of the ledger does it', async (t) => {
  const page = await readFile(join(PROJECT, 'docs/operations/ledger-does-not-reconcile.md'), 'utf8');
  const set = [...page.matchAll(/--set (accounts\.[\w.]+=\w+)/g)].map(([, value = '']) => value);
  t.is(set.length, 2);
  const stopped = await render({ set });
  t.is(named('Deployment', 'guichet-accounts', stopped).spec.replicas, 0);
});

test('no runbook scales with kubectl, which takes the field from Helm, or needs a cron job that is off by default', async (t) => {
  const folder = join(PROJECT, 'docs', 'operations');
  const cronJobs = ofKind('CronJob', bare).map(({ metadata }) => metadata.name.replace('guichet-', ''));
  for (const file of await readdir(folder)) {
    const page = await readFile(join(folder, file), 'utf8');
    t.false(/kubectl (-n \$NS )?scale deploy/.test(page), file);
    // The pages about backups and the retention of the log say that these must be enabled.
    if (['README.md', 'backup-overdue.md', 'log-retention.md'].includes(file)) continue;
    for (const [, name = ''] of page.matchAll(/--from=cronjob\/\$BANK-([a-z-]+)/g))
      t.true(cronJobs.includes(name), `${file} ${name}`);
  }
});

test('a restore makes the users of auth newer than their last events in the stream', (t) => {
  const script: string = named('ConfigMap', 'guichet-backup').data['restore.sh'];
  const newer = 'UPDATE \\`$AUTH_SCHEMA\\`.users SET version = GREATEST(version + 1, UNIX_TIMESTAMP())';
  t.true(script.indexOf(newer) > script.indexOf('gunzip'));
  const [load] = named('CronJob', 'guichet-backup').spec.jobTemplate.spec.template.spec.containers;
  t.deepEqual(
    load.env.filter(({ name }: { name: string }) => name === 'AUTH_SCHEMA'),
    [{ name: 'AUTH_SCHEMA', value: 'guichet_auth' }],
  );
});

test('months of the log are exported on a schedule, as the migration user and with no other secret than the signing key', async (t) => {
  t.false(hasNamed('CronJob', 'guichet-log-retention', bare), 'off by default');
  const { schedule, jobTemplate } = named('CronJob', 'guichet-log-retention').spec;
  t.is(schedule, '17 4 2 * *');
  const { containers, volumes } = jobTemplate.spec.template.spec;
  const [retain] = containers;
  const folder = '/var/lib/guichet/log-exports';
  t.deepEqual(retain.command, ['node', 'services/logging/src/log-command.ts', 'retain', '--to', folder]);
  const set = Object.fromEntries(retain.env.map(({ name, value }: Record<string, string>) => [name, value]));
  t.like(set, {
    LOG_SIGNING_KEY_FILE: '/etc/guichet/secrets/LOG_SIGNING_KEY',
    DATABASE_MIGRATION_USER: 'logging_migration',
  });
  t.deepEqual(retain.envFrom, [{ configMapRef: { name: 'guichet-logging' } }]);
  const volume = (name: string) => volumes.find((each: { name: string }) => each.name === name);
  t.deepEqual(
    volume('secrets').projected.sources.map(({ secret }: { secret: { name: string } }) => secret.name),
    ['guichet-log-signing'],
  );
  t.is(volume('migration').secret.secretName, 'guichet-logging-database-migration');
  const data = retain.volumeMounts.find(({ mountPath }: { mountPath: string }) => mountPath === folder);
  t.is(volume(data.name).persistentVolumeClaim.claimName, 'guichet-log-retention');
  const claim = named('PersistentVolumeClaim', 'guichet-log-retention');
  t.is(claim.metadata.annotations?.['helm.sh/resource-policy'], 'keep');
  const policy = named('NetworkPolicy', 'guichet-mysql').spec.ingress;
  t.true(JSON.stringify(policy).includes('log-retention'), 'it reaches the database');
});

test('old months of the log are only removed if that was chosen, and not during a restore', async (t) => {
  const set = [
    'logging.retention.enabled=true',
    'logging.retention.drop=true',
    'logging.retention.existingClaim=own',
  ];
  const dropping = await render({ set });
  const { containers, volumes } = named('CronJob', 'guichet-log-retention', dropping).spec.jobTemplate.spec
    .template.spec;
  t.is(containers[0].command.at(-1), '--drop');
  t.true(JSON.stringify(volumes).includes('"claimName":"own"'));
  t.false(hasNamed('PersistentVolumeClaim', 'guichet-log-retention', dropping));
  const restoring = await render({ set: [...set, 'backup.enabled=true', 'restore.enabled=true'] });
  t.false(hasNamed('CronJob', 'guichet-log-retention', restoring));
});

const SEALED = [
  'backup.enabled=true',
  'backup.recipients[0]=age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdrwsvlul66mv4q47ryef',
];

test('a backup with recipients seals every secret of the bank, and only that container has a token, which reads only these', async (t) => {
  const upload = [
    'backup.upload.enabled=true',
    'backup.upload.bucket=b',
    'backup.upload.existingSecret=storage',
  ];
  const sealing = await render({ set: [...SEALED, ...upload] });
  const { spec } = named('CronJob', 'guichet-backup', sealing).spec.jobTemplate.spec.template;
  t.false(spec.automountServiceAccountToken);
  const containers = containersOf(spec);
  t.deepEqual(
    containers.map(({ name }) => name),
    ['sign-in', 'backup', 'seal', 'upload'],
  );
  const withToken = containers.filter(({ volumeMounts }) =>
    volumeMounts.some(({ name }: { name: string }) => name === 'token'),
  );
  t.deepEqual(
    withToken.map(({ name }) => name),
    ['seal'],
  );
  const seal = withToken[0].command;
  t.is(seal.at(-1), '--outgoing');
  const plan = JSON.parse(named('ConfigMap', 'guichet-backup', sealing).data['plan.json']);
  const bootstrap = JSON.parse(named('ConfigMap', 'guichet-bootstrap', sealing).data['plan.json']);
  t.deepEqual(
    plan.secrets,
    bootstrap.secrets.map(({ name }: { name: string }) => name),
  );
  t.is(plan.recipients.length, 1);
  t.deepEqual(named('Role', 'guichet-backup', sealing).rules, [
    { apiGroups: [''], resources: ['secrets'], resourceNames: plan.secrets, verbs: ['get'] },
  ]);
  const { env } = containers.find(({ name }) => name === 'upload');
  t.true(env.filter(({ valueFrom }: { valueFrom?: object }) => valueFrom !== undefined).length === 2);

  const plain = await render({ set: ['backup.enabled=true'] });
  t.false(ofKind('Role', plain).some(({ metadata }) => metadata.name === 'guichet-backup'));
  t.deepEqual(
    containersOf(named('CronJob', 'guichet-backup', plain).spec.jobTemplate.spec.template.spec).map(
      ({ name }) => name,
    ),
    ['sign-in', 'backup'],
  );
});

test('a restore checks the key against the dump before it drops anything, and receives a dump that the cluster lacks', async (t) => {
  const stepsOf = async (...set: string[]) => {
    const objectsOfRestore = await render({ set: ['backup.enabled=true', 'restore.enabled=true', ...set] });
    const job = ofKind('Job', objectsOfRestore).find(({ metadata }) =>
      metadata.name.startsWith('guichet-restore-'),
    );
    return containersOf(job?.spec.template.spec);
  };
  const steps = await stepsOf();
  t.deepEqual(
    steps.map(({ name }) => name),
    ['check', 'sign-in', 'load', 'migrate', 'reconcile'],
  );
  t.deepEqual(steps[0].command, ['node', 'services/auth/src/check-dump-command.ts', '/backups', 'latest']);
  t.regex(steps[0].image, /guichet-auth:/);
  t.deepEqual(
    steps[0].volumeMounts.map(({ name }: { name: string }) => name),
    ['backups', 'key'],
  );
  const received = await stepsOf('restore.receive=true', 'restore.file=guichet-20261130T024100Z.sql.gz');
  t.is(received[0].name, 'receive');
  t.is(received[1].name, 'check');
});

test('the script for an external server has the statements that the bundled server runs, for the names in the values', async (t) => {
  const external = [
    'database.users.auth=bank_auth',
    'database.schemas.auth=bank_auth_schema',
    'database.external.tls=required',
  ];
  const rendered = await render({ files: [join(CHART, 'ci', 'external-values.yaml')], set: external });
  const script: string = named('ConfigMap', 'guichet-external-database', rendered).data['users.sql'];
  const users = DATABASE_SERVICES.map((service) => ({
    schema: service === 'auth' ? 'bank_auth_schema' : schemaOf(service),
    user: service === 'auth' ? 'bank_auth' : service,
    password: `<password of ${service === 'auth' ? 'bank_auth' : service}>`,
    migrationUser: migrationUserOf(service),
    migrationPassword: `<password of ${migrationUserOf(service)}>`,
  }));
  const statements = script.split('\n').filter((line) => line !== '' && !line.startsWith('--'));
  t.deepEqual([...statements].sort(), schemaStatements(users, { tls: true }).sort());
  // What prepare.sh of the bundled server runs, with the same names.
  const grants = await readFile(join(CHART, 'charts', 'mysql', 'files', 'grants.sql'), 'utf8');
  for (const { schema, user, migrationUser } of users) {
    const own = grants
      .replaceAll('{schema}', schema)
      .replaceAll('{user}', user)
      .replaceAll('{migration_user}', migrationUser);
    for (const statement of own.trim().split('\n')) t.true(statements.includes(statement), statement);
  }
  t.false(/GRANT ALL/.test(script));
  t.false(ofKind('ConfigMap', bare).some(({ metadata }) => metadata.name === 'guichet-external-database'));
});

test('the operator grants what the bundled server grants', async (t) => {
  const rendered = await render({ set: ['database.mode=operator'] });
  for (const service of DATABASE_SERVICES) {
    const grants = ofKind('Grant', rendered).filter(({ spec }) => spec.database === schemaOf(service));
    t.false(JSON.stringify(grants).includes('ALL'));
    t.deepEqual(grants.map(({ spec }) => [spec.username, spec.privileges, spec.grantOption]).sort(), [
      [service, [...RUNTIME_PRIVILEGES], false],
      [migrationUserOf(service), [...MIGRATION_PRIVILEGES], true],
    ]);
  }
});

test('the operator copies data between members and signs users in over TLS, and takes over changed passwords', async (t) => {
  const rendered = await render({ set: ['database.mode=operator'] });
  t.like(named('MariaDB', 'guichet-mariadb', rendered).spec.tls, {
    enabled: true,
    required: true,
    galeraSSTEnabled: true,
  });
  for (const { spec } of ofKind('User', rendered)) t.true(spec.require.ssl);
  const { labels } = JSON.parse(named('ConfigMap', 'guichet-bootstrap', rendered).data['plan.json']);
  t.true('k8s.mariadb.com/watch' in labels);
  t.false(
    'k8s.mariadb.com/watch' in JSON.parse(named('ConfigMap', 'guichet-bootstrap').data['plan.json']).labels,
  );
});

test('each service gets every setting that it requires, and none that it does not have', (t) => {
  for (const service of SERVICES) {
    const [container] = named('Deployment', `guichet-${service}`).spec.template.spec.containers;
    const given = [
      ...Object.keys(named('ConfigMap', `guichet-${service}`).data),
      ...(container.env ?? []).map(({ name }: { name: string }) => name),
    ];
    t.deepEqual(unknownSettings(service, given), [], `${service} has no such setting`);
    t.deepEqual(missingSettings(service, given), [], `${service} requires it`);
  }
});

test('a numeric setting reaches its service unchanged', async (t) => {
  const rendered = await render({ json: ['auth.settings={"SIGNING_KEY_DAYS":0.01,"X":1000000}'] });
  t.like(named('ConfigMap', 'guichet-auth', rendered).data, { SIGNING_KEY_DAYS: '0.01', X: '1000000' });
});

test('the old database password remains valid until a service has started with the new one', (t) => {
  t.regex(
    named('ConfigMap', 'guichet-mysql').data['prepare.sh'],
    /ALTER USER .+ RETAIN CURRENT PASSWORD REQUIRE SSL/,
  );
});

test('the event that reloads the certificates of MySQL has a definer, also when the init file of a later start creates it', (t) => {
  const statements = named('ConfigMap', 'guichet-mysql')
    .data['prepare.sh'].split('\n')
    .filter((line: string) => /\bEVENT guichet_server|\bEVENT IF/.test(line));
  // The user who creates or alters an event becomes its definer, and an init file has none: the event would fail from then on.
  t.deepEqual(
    statements.map((line: string) => /"(\w+)( DEFINER = '\w+'@'\w+')? EVENT/.exec(line)?.[0]),
    ['"DROP EVENT', `"CREATE DEFINER = 'certificates'@'localhost' EVENT`],
  );
});

test('the example for a large cluster uses the database operator and no bundled MySQL', async (t) => {
  const large = await render({ files: [join(PROJECT, 'k8s', 'values', 'large-cluster.yaml')] });
  t.false(ofKind('StatefulSet', large).some(({ metadata }) => metadata.name === 'guichet-mysql'));
  t.is(ofKind('Database', large).length, 3);
  t.is(named('ConfigMap', 'guichet-auth', large).data.DATABASE_HOSTS, 'guichet-mariadb-primary');
});

test('helm test creates its agents, runs, and removes them whatever the outcome; it has no secret but auth’s database login', (t) => {
  const { spec } = named('Pod', 'guichet-test');
  const [create, run] = spec.initContainers;
  const [report] = spec.containers;
  t.regex(
    create.command.at(-1),
    /^guichet-admin test-agents create \/run\/guichet\/agents\.json >\/run\/guichet\/log 2>&1; echo \$\? >\/run\/guichet\/status$/,
  );
  t.regex(
    run.command.at(-1),
    /= 0 \] \|\| exit 0; node .*move-money\.ts .*; echo \$\? >\/run\/guichet\/status$/,
  );
  t.regex(
    report.command.at(-1),
    /guichet-admin test-agents remove \|\| exit 1; exit "\$\(cat \/run\/guichet\/status\)"$/,
  );
  for (const container of [create, report]) t.regex(container.image, /guichet-auth:/);
  t.deepEqual(run.envFrom, undefined);
  t.deepEqual(
    run.volumeMounts.map(({ name }: { name: string }) => name),
    ['test', 'tmp'],
    'the test itself has no secret of auth',
  );
  const volume = (name: string) => spec.volumes.find((one: { name: string }) => one.name === name);
  t.is(volume('test').emptyDir.medium, 'Memory');
  t.deepEqual(
    // biome-ignore lint/suspicious/noExplicitAny: sources as they are rendered
    volume('secrets').projected.sources.map(({ secret }: any) => secret.name),
    ['guichet-auth-database'],
  );
});
