import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICES } from '@guichet/contract';
import test from 'ava';
import { execa } from 'execa';
import { type KubernetesObject, podOf, render } from '../charts/render.ts';
import { DASHBOARDS } from './dashboards/index.ts';

const plain = await render();
const operator = await render({
  set: [
    'monitoring.operator=true',
    'monitoring.podMonitor.labels.release=kps',
    'monitoring.rules.labels.release=kps',
    'monitoring.rules.alertLabels.team=money',
    'monitoring.rules.runbooks=https://wiki.example.org/',
  ],
});
const bundled = await render({
  release: 'north',
  set: ['monitoring.prometheus.enabled=true', 'monitoring.dashboards.enabled=true'],
});

const ofKind = (objects: readonly KubernetesObject[], kind: string) =>
  objects.filter((object) => object.kind === kind);
const named = (objects: readonly KubernetesObject[], kind: string, name: string) =>
  ofKind(objects, kind).find(({ metadata }) => metadata.name === name) as KubernetesObject;
const annotationsOf = (objects: readonly KubernetesObject[], name: string) =>
  podOf(named(objects, 'Deployment', name)).metadata.annotations;

test('pods are discovered through annotations or through the operator, never both', (t) => {
  for (const service of SERVICES) {
    t.like(annotationsOf(plain, `guichet-${service}`), {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9100',
      'prometheus.io/path': '/metrics',
    });
    t.is(annotationsOf(operator, `guichet-${service}`)['prometheus.io/scrape'], undefined);
  }
  t.is(ofKind(plain, 'PodMonitor').length + ofKind(plain, 'PrometheusRule').length, 0);
  const [monitor] = ofKind(operator, 'PodMonitor');
  t.is(monitor?.metadata.labels?.release, 'kps');
  t.deepEqual(monitor?.spec.selector.matchExpressions[0].values, SERVICES);
  for (const service of SERVICES) {
    const { metadata, spec } = podOf(named(operator, 'Deployment', `guichet-${service}`));
    for (const [label, value] of Object.entries(monitor?.spec.selector.matchLabels ?? {})) {
      t.is(metadata.labels[label], value);
    }
    const ports = spec.containers[0].ports.map(({ name }: { name: string }) => name);
    t.true(ports.includes(monitor?.spec.podMetricsEndpoints[0].port));
  }
});

test('every process has the name of its bank as a label', (t) => {
  for (const service of SERVICES) {
    t.is(named(plain, 'ConfigMap', `guichet-${service}`).data.BANK_LABEL, 'bank/guichet');
  }
});

test('rules select only this bank, and alerts have the labels from the values', (t) => {
  const [rule] = ofKind(operator, 'PrometheusRule');
  t.is(rule?.metadata.labels?.release, 'kps');
  const text = JSON.stringify(rule?.spec);
  t.false(text.includes('=~\\".*\\"'), 'no selector matches every bank');
  t.true(text.includes('bank=\\"bank/guichet\\"'));
  t.true(text.includes('cronjob=\\"guichet-backup\\"'));
  // biome-ignore lint/suspicious/noExplicitAny: rules as they are rendered
  const all: any[] = rule?.spec.groups.flatMap(({ rules }: { rules: unknown[] }) => rules);
  for (const { alert, labels, annotations } of all.filter((one) => one.alert)) {
    t.like(labels, { team: 'money', bank: 'bank/guichet' }, alert);
    t.true(annotations.runbook_url.startsWith('https://wiki.example.org/'), alert);
  }
  t.true(all.filter((one) => one.record).every(({ labels }) => labels === undefined));
});

test('pods and volumes of another release whose name has the same prefix are not selected', (t) => {
  const text = JSON.stringify(ofKind(operator, 'PrometheusRule')[0]?.spec);
  const pods = new RegExp(`^(?:${/pod=~\\"([^"\\]+)\\"/.exec(text)?.[1]})$`);
  t.regex('guichet-auth-6d4f-x2x', pods);
  t.regex('guichet-mysql-0', pods);
  t.notRegex('guichet-two-auth-6d4f-x2x', pods);
  const volumes = new RegExp(`^(?:${/persistentvolumeclaim=~\\"([^"\\]+)\\"/.exec(text)?.[1]})$`);
  for (const name of ['data-guichet-mysql-0', 'data-guichet-nats-2', 'guichet-backup'])
    t.regex(name, volumes);
  for (const name of ['data-guichet-two-mysql-0', 'guichet-two-backup']) t.notRegex(name, volumes);
});

test('the bundled Prometheus finds the services by name, without a token, and its configuration is valid', async (t) => {
  const { data } = named(bundled, 'ConfigMap', 'north-guichet-prometheus');
  const folder = await mkdtemp(join(tmpdir(), 'guichet-prometheus-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(data as Record<string, string>)) {
    await writeFile(join(folder, name), text.replaceAll('/etc/prometheus', folder));
  }
  const promtool = process.env.TEST_PROMTOOL ?? 'promtool';
  const { exitCode, all } = await execa(promtool, ['check', 'config', join(folder, 'prometheus.yml')], {
    reject: false,
    all: true,
  });
  t.is(exitCode, 0, all);
  const rules = (data as Record<string, string>)['alerts.yaml']?.match(/- (alert|record): /g)?.length ?? 0;
  t.true(rules > 0);
  t.true(all.includes(`${rules} rules found`), all);
  const config = await readFile(join(folder, 'prometheus.yml'), 'utf8');
  for (const service of SERVICES) {
    const name = `north-guichet-${service}-headless`;
    t.true(config.includes(`- ${name}\n`));
    const service_ = named(bundled, 'Service', name);
    t.is(service_.spec.clusterIP, 'None');
    t.true(service_.spec.publishNotReadyAddresses, 'pods that are not ready must be scraped too');
  }
  const { spec } = podOf(named(bundled, 'StatefulSet', 'north-guichet-prometheus'));
  t.false(spec.automountServiceAccountToken);
});

test('the bundled Prometheus can reach only the metrics', (t) => {
  const { spec } = named(bundled, 'NetworkPolicy', 'north-guichet-prometheus');
  const ports = spec.egress.flatMap((rule: { ports: { port: number }[] }) =>
    rule.ports.map(({ port }) => port),
  );
  t.deepEqual(ports, [53, 53, 9100]);
  for (const service of SERVICES) {
    const policy = named(bundled, 'NetworkPolicy', `north-guichet-${service}`);
    t.true(
      policy.spec.ingress.some(
        (rule: { ports: { port: number }[]; from?: { podSelector?: { matchLabels: object } }[] }) =>
          rule.ports[0]?.port === 9100 &&
          JSON.stringify(rule.from).includes('"app.kubernetes.io/component":"prometheus"'),
      ),
      service,
    );
  }
});

test('if the metrics are closed to other pods, so is the page of the bundled Prometheus', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-values-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'values.yaml');
  await writeFile(file, 'monitoring: {from: [], prometheus: {enabled: true}}\n');
  const closed = await render({ files: [file] });
  t.deepEqual(named(closed, 'NetworkPolicy', 'guichet-prometheus').spec.ingress, []);
});

test('the dashboards are config maps with the label of the Grafana sidecar', (t) => {
  for (const { uid } of DASHBOARDS) {
    const map = named(bundled, 'ConfigMap', `north-${uid.replace('guichet-', 'guichet-dashboard-')}`);
    t.is(map.metadata.labels?.grafana_dashboard, '1');
    t.is(JSON.parse(map.data[`${uid}.json`]).uid, uid);
  }
});

const EXPORTERS = { mysql: 9104, nats: 7777 };
const ENABLED = Object.keys(EXPORTERS).map((name) => `${name}.exporter.enabled=true`);

test('the exporters of MySQL and NATS run only if they are enabled', (t) => {
  for (const name of Object.keys(EXPORTERS)) {
    const { metadata, spec } = podOf(named(plain, 'StatefulSet', `guichet-${name}`));
    t.deepEqual(
      spec.containers.map((container: { name: string }) => container.name),
      [name],
    );
    t.is(metadata.annotations['prometheus.io/scrape'], undefined);
  }
});

test('an enabled exporter is found by each kind of Prometheus, which may reach it', async (t) => {
  const own = await render({ set: [...ENABLED, 'monitoring.prometheus.enabled=true'] });
  const byOperator = await render({ set: [...ENABLED, 'monitoring.operator=true'] });
  for (const [name, port] of Object.entries(EXPORTERS)) {
    const { metadata, spec } = podOf(named(own, 'StatefulSet', `guichet-${name}`));
    const exporter = spec.containers.find((container: { name: string }) => container.name === 'exporter');
    t.deepEqual(exporter.ports, [{ name: 'metrics', containerPort: port }]);
    t.is(metadata.annotations['prometheus.io/port'], String(port));
    const operated = podOf(named(byOperator, 'StatefulSet', `guichet-${name}`));
    t.is(operated.metadata.annotations['prometheus.io/scrape'], undefined);
    const config = named(own, 'ConfigMap', 'guichet-prometheus').data['prometheus.yml'];
    t.regex(config, new RegExp(`port: ${port}\\n[^-]*names: \\[guichet-${name}-headless\\]`));
    const isOpen = (policy: KubernetesObject, way: 'ingress' | 'egress') =>
      policy.spec[way].some((rule: { ports: { port: number }[] }) => rule.ports[0]?.port === port);
    t.true(isOpen(named(own, 'NetworkPolicy', 'guichet-prometheus'), 'egress'));
    t.true(isOpen(named(own, 'NetworkPolicy', `guichet-${name}`), 'ingress'));
    t.false(isOpen(named(bundled, 'NetworkPolicy', `north-guichet-${name}`), 'ingress'));
  }
  const monitor = named(byOperator, 'PodMonitor', 'guichet-exporters');
  t.deepEqual(monitor.spec.selector.matchExpressions[0].values, Object.keys(EXPORTERS));
});

test('only with its exporter may the probe of MySQL read the state of the server', async (t) => {
  const environmentOf = (objects: readonly KubernetesObject[]) =>
    podOf(named(objects, 'StatefulSet', 'guichet-mysql')).spec.initContainers[0].env;
  t.deepEqual(environmentOf(plain), [{ name: 'EXPORTER', value: 'false' }]);
  const own = await render({ set: ENABLED });
  t.deepEqual(environmentOf(own), [{ name: 'EXPORTER', value: 'true' }]);
});
