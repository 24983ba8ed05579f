import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import test from 'ava';
import { parse, parseAllDocuments } from 'yaml';
import { PROJECT } from '../project.ts';
import { CHART, generatedFiles, subcharts } from './generated-files.ts';
import { schemaFaults } from './kubernetes-schema.ts';
import { helm, type KubernetesObject, type Rendering, render, renderText } from './render.ts';

const EXAMPLES = join(PROJECT, 'k8s', 'values');
const examples = (await readdir(EXAMPLES)).map((file) => join(EXAMPLES, file));

const CI = join(CHART, 'ci');
/** The values of every mode, by chart-testing's convention, and the examples. */
const valuesFiles = [...(await readdir(CI)).map((file) => join(CI, file)), ...examples];
const CASES: Readonly<Record<string, Rendering>> = Object.fromEntries(
  valuesFiles.map((file) => [file.slice(PROJECT.length + 1), { files: [file] }]),
);

for (const [name, rendering] of Object.entries(CASES)) {
  test(`${name}: every object is valid according to the schemas of Kubernetes`, async (t) => {
    const objects = await render(rendering);
    t.true(objects.length > 20);
    for (const object of objects) {
      t.deepEqual(await schemaFaults(object), [], `${object.kind} ${object.metadata.name}`);
    }
  });

  test(`${name}: rendering twice gives the same result`, async (t) => {
    t.is(await renderText(rendering), await renderText(rendering));
  });
}

test('every object of the example of a collector is valid according to the schemas of Kubernetes', async (t) => {
  const file = await readFile(join(PROJECT, 'k8s', 'tracing', 'collector.yaml'), 'utf8');
  const objects = parseAllDocuments(file).map((document) => document.toJS() as KubernetesObject);
  t.deepEqual(
    objects.map(({ kind }) => kind),
    ['Namespace', 'ConfigMap', 'Deployment', 'Service', 'Deployment', 'Service'],
  );
  for (const object of objects) {
    t.deepEqual(await schemaFaults(object), [], `${object.kind} ${object.metadata.name}`);
  }
  const collector = parse(objects[1]?.data['config.yaml']);
  const { receivers, processors, exporters } = collector.service.pipelines.traces;
  for (const [part, used] of Object.entries({ receivers, processors, exporters }))
    for (const name of used as string[]) t.true(name in collector[part], `${part} ${name}`);
});

test('a field that is unknown to Kubernetes is reported', async (t) => {
  const objects = await render();
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  t.truthy(deployment);
  if (deployment === undefined) return;
  deployment.spec.template.spec.containers[0].readynessProbe = {};
  t.deepEqual(await schemaFaults(deployment), [
    'Deployment.spec.template.spec.containers[0].readynessProbe is not a field',
  ]);
});

test('a field that is unknown to mariadb-operator is reported', async (t) => {
  const objects = await render({ files: [join(CI, 'operators-values.yaml')] });
  const cluster = objects.find(({ kind }) => kind === 'MariaDB');
  t.truthy(cluster);
  if (cluster === undefined) return;
  cluster.spec.galera.primary.automaticFailover = true;
  cluster.spec.tls.required = 'yes';
  t.deepEqual(await schemaFaults(cluster), [
    'MariaDB.spec.galera.primary must NOT have additional properties {"additionalProperty":"automaticFailover"}',
    'MariaDB.spec.tls.required must be boolean {"type":"boolean"}',
  ]);
});

test('helm lint reports no error or warning', async (t) => {
  for (const files of [[], ...valuesFiles.map((file) => ['--values', file])]) {
    await t.notThrowsAsync(helm(['lint', '--strict', CHART, ...files]));
  }
});

test('the chart is refused for a Kubernetes version that is too old', async (t) => {
  await t.throwsAsync(helm(['template', 'guichet', CHART, '--kube-version', '1.27.0']), {
    message: /requires kubeVersion: >=1\.30\.0-0.*incompatible with Kubernetes v1\.27\.0/s,
  });
});

const MISSPELT = [
  'databse.mode=external',
  'database.mode=externl',
  'bank.nmae=Guichet',
  'auth.replica=3',
  'auth.autoscaling.enable=true',
  'accounts.replicas=two',
  'logging.existingSecrets.sealed=x',
  'mailer.ressources.limits.cpu=1',
  'frontend.existingSecrets.sesion=x',
  'mysql.storage.sise=1Gi',
  'nats.replicas=2',
  'mysql.bufferPoolSize=lots',
  'mysql.redoLogCapacity=more',
  'mail.from=nobody',
  'monitoring.operatr=true',
];
for (const value of MISSPELT) {
  test(`the invalid value ${value} is refused by name`, async (t) => {
    const error = await t.throwsAsync(render({ set: [value] }));
    const [, path = '', word = ''] =
      /at '([^']*)': (?:additional properties '(\w+)')?/.exec(error?.message ?? '') ?? [];
    t.regex(error?.message ?? '', /don't meet the specifications/);
    t.true(value.includes(word) && value.includes(path.slice(1).replaceAll('/', '.')), error?.message);
  });
}

const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

for (const release of ['my.bank', '7', '2a.b', 'a'.repeat(53)]) {
  test(`a release called ${release} has valid names`, async (t) => {
    const objects = await render({ release });
    for (const object of objects) {
      t.deepEqual(await schemaFaults(object), [], object.metadata.name);
      if (object.kind === 'Service') t.regex(object.metadata.name, DNS_LABEL);
    }
  });
}

test('releases whose names differ only in a replaced character share no object names', async (t) => {
  const namesOf = async (release: string) =>
    (await render({ release })).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  const [dotted, dashed] = await Promise.all([namesOf('a.b'), namesOf('a-b')]);
  const shared = dotted.filter((name) => dashed.includes(name));
  t.deepEqual(shared, []);
});

const NULLS = [
  'database',
  'database.mode',
  'bank.stepUpAbove',
  'auth.replicas',
  'mysql.storage',
  'images.references',
];
for (const key of NULLS) {
  test(`${key} set to null is refused by name`, async (t) => {
    const name = key.split('.').at(-1);
    await t.throwsAsync(render({ set: [`${key}=null`] }), {
      message: new RegExp(`missing property '${name}'`),
    });
  });
}

test('at every level, only keys that are documented as nullable accept null', async (t) => {
  const nullable: string[] = [];
  const names = await subcharts();
  for (const folder of [CHART, ...names.map((name) => join(CHART, 'charts', name))]) {
    const schema = JSON.parse(await readFile(join(folder, 'values.schema.json'), 'utf8'));
    const collect = (node: ObjectSchema, path: readonly string[]): void => {
      for (const [name, child] of Object.entries(node.properties ?? {})) {
        // The place of a subchart, or a value that is set as a whole.
        if (name === 'global' || node.required === undefined || names.includes(name)) continue;
        // A setting of `defaults` under a workload's own name, where null leaves the default.
        if (child.$ref !== undefined) continue;
        if (!node.required.includes(name)) nullable.push([...path, name].join('.'));
        collect(child, [...path, name]);
      }
    };
    collect(schema, folder === CHART ? [] : [basename(folder)]);
  }
  t.deepEqual(nullable, ['bank.limitOperation', 'bank.limitDay']);
});

interface ObjectSchema {
  $ref?: string;
  properties?: Record<string, ObjectSchema>;
  required?: string[];
}

test('the file of checkpoints is on a volume of the chart or of the operator, and nowhere by default', async (t) => {
  const inspect = async (...set: string[]) => {
    const all = await render({ set });
    const find = (kind: string, name: string) =>
      all.find((object) => object.kind === kind && object.metadata.name === name);
    const { containers, volumes } = find('Deployment', 'guichet-logging')?.spec.template.spec ?? {};
    const folder = find('ConfigMap', 'guichet-logging')?.data.LOG_CHECKPOINT_DIR;
    const mounted = containers[0].volumeMounts.find(
      ({ mountPath }: { mountPath: string }) => mountPath === folder,
    );
    const volume = volumes.find(({ name }: { name: string }) => name === mounted?.name);
    return {
      folder,
      claim: volume?.persistentVolumeClaim.claimName,
      accessModes: find('PersistentVolumeClaim', 'guichet-checkpoints')?.spec.accessModes,
    };
  };
  const folder = '/var/lib/guichet/checkpoints';
  t.deepEqual(await inspect(), { folder: undefined, claim: undefined, accessModes: undefined });
  t.deepEqual(await inspect('logging.checkpoints.enabled=true'), {
    folder,
    claim: 'guichet-checkpoints',
    accessModes: ['ReadWriteMany'],
  });
  t.deepEqual(await inspect('logging.checkpoints.enabled=true', 'logging.checkpoints.existingClaim=own'), {
    folder,
    claim: 'own',
    accessModes: undefined,
  });
});

test('global values of a parent chart are accepted at every level', async (t) => {
  await t.notThrowsAsync(render({ set: ['global.company=x', 'auth.global.company=x'] }));
});

const NAMED = {
  'database.mode=external': /name the servers in database\.external\.hosts/,
  'database.mode=external,database.external.hosts={db}': /name .* in \w+\.existingSecrets\.database/,
  'nats.mode=external': /name the servers in nats\.external\.servers/,
  'nats.mode=external,nats.external.servers=nats:4222': /name .* in \w+\.existingSecrets\.nats/,
  'httpRoute.enabled=true': /name the gateway in httpRoute\.parentRefs/,
  'tls.mode=existing': /name the secret with the certificate of \w+ in tls\.existing\.\w+/,
  'mail.smtp.existingUrlSecret=smtp,mail.smtp.host=smtp.example.org': /leave mail\.smtp\.host .* empty/,
  'restore.enabled=true': /restore\.enabled needs backup\.enabled/,
  'backup.enabled=true,restore.enabled=true,restore.receive=true':
    /name the dump that you send in restore\.file/,
  'backup.enabled=true,backup.upload.enabled=true': /needs backup\.recipients/,
  'backup.enabled=true,backup.recipients[0]=age1x,backup.upload.enabled=true':
    /name the bucket in backup\.upload\.bucket/,
};
for (const [value, words] of Object.entries(NAMED)) {
  test(`${value} without its required values names them`, async (t) => {
    await t.throwsAsync(render({ set: [value] }), { message: words });
  });
}

test('every generated file is up to date (to update: npm run charts)', async (t) => {
  for (const [path, text] of await generatedFiles()) {
    t.is(await readFile(path, 'utf8').catch(() => ''), text, `${path}: run npm run charts`);
  }
});
