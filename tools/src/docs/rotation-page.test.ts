import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DATABASE_SERVICES } from '@guichet/contract';
import { toNamedSecrets } from '@guichet/jobs/secrets/named-secrets';
import { STEPS } from '@guichet/jobs/secrets/rotate-values';
import { newSecrets } from '@guichet/jobs/secrets/secrets';
import { NATS_USERS } from '@guichet/jobs/servers/nats-permissions';
import test from 'ava';
import { execa } from 'execa';
import { CHART } from '../charts/generated-files.ts';
import { type KubernetesObject, podOf, render } from '../charts/render.ts';
import { PROJECT } from '../project.ts';

const PAGE = 'docs/operations/rotate-every-secret.md';
const page = await readFile(join(PROJECT, PAGE), 'utf8');
const blocks = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
const spans = [...page.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
/** The lines that an operator types, without the comments. */
const commands = [...blocks.map((block) => block.replaceAll(/(^| )#.*$/gm, '')), ...spans].join('\n');
const objects = await render({ set: ['demo.enabled=true', 'backup.enabled=true'] });
const BANK = 'guichet-';
const ISSUE = fileURLToPath(new URL('./issue-certificates.fixture.ts', import.meta.url));
const SERVICE_SECRETS = ['<service>-database', '<service>-database-migration'];

/** The secrets that have a section, with the names that their placeholders stand for. */
const described = [...page.matchAll(/^## (.*`.*)$/gm)]
  .flatMap(([, heading = '']) => [...heading.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
  .flatMap((name) => {
    if (SERVICE_SECRETS.includes(name)) return DATABASE_SERVICES.map((one) => name.replace('<service>', one));
    if (name === '<user>-nats') return NATS_USERS.map((one) => `${one}-nats`);
    if (name === '<component>-tls') return [...NATS_USERS, 'mysql', 'nats'].map((one) => `${one}-tls`);
    return [name];
  });

/** The secrets that the jobs of the chart create. */
function secretsOfChart(): string[] {
  const map = objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === `${BANK}bootstrap`,
  );
  const plan = JSON.parse(map?.data['plan.json']);
  return [
    ...plan.secrets.map(({ name }: { name: string }) => name),
    plan.authority.secret,
    ...plan.certificates.map(({ secret }: { secret: string }) => secret),
  ].map((name: string) => name.slice(BANK.length));
}

test('every secret of the chart and of a local bank has its section, and no other', (t) => {
  const local = Object.keys(toNamedSecrets(newSecrets()));
  t.deepEqual([...described].sort(), [...new Set([...secretsOfChart(), ...local])].sort());
});

test('every value of the chart that names a secret of the operator is on the page', async (t) => {
  const pods = JSON.stringify(objects.map(podOf));
  t.true(pods.length > 1_000);
  const values = await Promise.all(
    ['', 'charts/nats', 'charts/mysql', 'charts/mailer', 'charts/monitoring'].map(async (folder) =>
      readFile(join(CHART, folder, 'values.yaml'), 'utf8'),
    ),
  );
  // existingSecret… replaces a secret of the table; the others are only the operator's.
  const names = values.join('\n').match(/^ +(?:\w*Secrets?|secretName):/gm) ?? [];
  const own = new Set(
    names.map((name) => name.trim().slice(0, -1)).filter((name) => !name.startsWith('existing')),
  );
  t.deepEqual([...own].sort(), ['caSecret', 'imagePullSecrets', 'secretName']);
  for (const name of [
    'mail.smtp.existingSecret',
    'mail.smtp.existingUrlSecret',
    'ingress.tls.secretName',
    'defaults.imagePullSecrets',
    'database.external.caSecret',
    'nats.external.caSecret',
  ])
    t.true(page.includes(`\`${name}\``), name);
});

test('the page about missing secrets has a row for each secret, and copies keys from where the pods have them', async (t) => {
  const missing = await readFile(join(PROJECT, 'docs/operations/secret-missing.md'), 'utf8');
  const rows = [...missing.matchAll(/^\| (`.*?) \|/gm)].flatMap(
    ([, names = '']) => names.match(/[^`, ]+/g) ?? [],
  );
  const headings = [...page.matchAll(/^## (`.*`.*)$/gm)].flatMap(([, heading = '']) =>
    [...heading.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
  t.deepEqual(rows.sort(), headings.sort());
  const copied = [
    ...missing.matchAll(
      /deploy\/\$BANK-(\w+) -c \w+ -- cat (\S+)\/(\w+) \|[\s\S]*?generic \$BANK-([\w-]+) --from-file=(\w+)=/g,
    ),
  ];
  t.is(copied.length, 3);
  for (const [, workload, folder, path, secret, key] of copied) {
    const object = objects.find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `${BANK}${workload}`,
    );
    const { containers, volumes } = podOf(object as KubernetesObject).spec;
    t.true(containers[0].volumeMounts.some(({ mountPath }: { mountPath: string }) => mountPath === folder));
    const sources = volumes.find(({ name }: { name: string }) => name === 'secrets').projected.sources;
    t.true(
      sources.some(
        (source: { secret: { name: string; items: object[] } }) =>
          source.secret.name === `${BANK}${secret}` &&
          JSON.stringify(source.secret.items) === JSON.stringify([{ key, path }]),
      ),
      `${secret} ${key} ${path}`,
    );
  }
  for (const [, block = ''] of missing.matchAll(/^```sh\n([\s\S]*?)^```/gm)) {
    t.is((await execa('bash', ['-n'], { input: block, reject: false })).exitCode, 0, block);
  }
});

test('every command on the page exists', async (t) => {
  const { scripts } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'));
  const scriptsNamed = [...commands.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  t.true(scriptsNamed.length > 10);
  for (const name of scriptsNamed) t.true(name in scripts, `npm run ${name}`);
  const names = [...Object.keys(toNamedSecrets(newSecrets())), 'authority'];
  for (const [, step = '', name = ''] of commands.matchAll(/npm run secrets -- (\w+) ?([\w-]*)/g)) {
    t.true(step === 'list' ? name === '' : STEPS.some((one) => one === step), `npm run secrets -- ${step}`);
    t.true(step === 'list' || names.includes(name), `npm run secrets -- ${step} ${name}`);
  }
  for (const [, step = ''] of commands.matchAll(/(?<!create )\bsecret (\w+) [a-z$]/g))
    t.true(
      STEPS.some((one) => one === step),
      `secret ${step}`,
    );
  const keys = await readFile(join(PROJECT, 'services/auth/src/keys/run-keys-command.ts'), 'utf8');
  const usage = /KEYS_USAGE = '(.*)'/.exec(keys)?.[1] ?? '';
  for (const [, command = ''] of commands.matchAll(/(?:npm run keys --|guichet-admin keys) (\w+)/g))
    t.true(usage.split(/\W+/).includes(command), `keys ${command}`);
  for (const file of page.match(/\b(?:services|jobs|e2e)\/[\w/.-]+\.ts\b/g) ?? [])
    await t.notThrowsAsync(readFile(join(PROJECT, file)), file);
});

test('every workload and container that a command names is in the chart', (t) => {
  const KINDS: Readonly<Record<string, string>> = {
    deploy: 'Deployment',
    sts: 'StatefulSet',
    cronjob: 'CronJob',
  };
  const existing = ({ kind, name }: { kind: string | undefined; name: string }) =>
    objects.find((object: KubernetesObject) => object.kind === kind && object.metadata.name === name);
  const named = [...commands.matchAll(/\b(deploy|sts|cronjob)\/\$BANK-([a-z]+)(?: -c ([a-z]+))?/g)];
  t.true(named.length > 15);
  for (const [text, kind = '', component, container] of named) {
    const object = existing({ kind: KINDS[kind], name: `${BANK}${component}` });
    t.truthy(object, text);
    if (object === undefined || container === undefined) continue;
    const containers = podOf(object)?.spec.containers.map(({ name }: { name: string }) => name);
    t.true(containers?.includes(container), text);
  }
  for (const [, component] of commands.matchAll(/app\.kubernetes\.io\/component=([a-z]+)/g))
    t.true(
      objects.some((object) => podOf(object)?.metadata.labels['app.kubernetes.io/component'] === component),
    );
  for (const [, key = ''] of commands.matchAll(/\/etc\/guichet\/statements\/([\w.]+)/g))
    t.true(key in (existing({ kind: 'ConfigMap', name: `${BANK}mysql` })?.data ?? {}), key);
});

test('the commands are valid in bash', async (t) => {
  for (const block of blocks) {
    const { exitCode, stderr } = await execa('bash', ['-n'], {
      input: block.replaceAll(/<[a-z]+>/g, 'x'),
      reject: false,
    });
    t.is(exitCode, 0, `${stderr}\n${block}`);
  }
});

/** Runs commands of the page with a kubectl that has one secret in a file, and runs in PROJECT what it should run in a pod. */
async function withKubectl(script: string, folder: string) {
  const kubectl = join(folder, 'kubectl');
  await writeFile(
    kubectl,
    `#!/bin/bash
[ "$1 $2" = "-n bank" ] || exit 2
case "$3 $4 $5" in
  "get secret guichet-session")
    if [ "$6 $7" = "-o json" ]; then cat "${folder}/secret.json"; else
      [ "$7" = "jsonpath={.data.session}" ] && sed -n 's/.*"session":"\\([^"]*\\)".*/\\1/p' "${folder}/secret.json"
    fi ;;
  "exec -i deploy/guichet-streams") shift 8; cd "${PROJECT}" && exec "$@" ;;
  "replace -f -") cat >"${folder}/new.json"; [ -s "${folder}/new.json" ] && mv "${folder}/new.json" "${folder}/secret.json" ;;
  "rollout restart deploy/guichet-frontend" | "rollout status deploy/guichet-frontend") echo "$4" >>"${folder}/rollouts" ;;
  *) echo "unexpected: $*" >&2; exit 2 ;;
esac
`,
  );
  await chmod(kubectl, 0o755);
  const functions = blocks.find((block) => block.includes('secret() {')) ?? '';
  return execa('bash', ['-c', `${functions}\n${script}`], {
    reject: false,
    env: { PATH: `${folder}:${process.env.PATH}`, NS: 'bank', RELEASE: 'guichet', BANK: 'guichet' },
  });
}

test('the steps of a rotation on the page change the secret of a cluster', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-rotation-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'secret.json');
  const old = 'a'.repeat(48);
  const stored = async () => {
    const { data, ...rest } = JSON.parse(await readFile(file, 'utf8'));
    return { values: Buffer.from(data.session, 'base64').toString().split(','), rest };
  };
  const metadata = { name: 'guichet-session', resourceVersion: '7' };
  await writeFile(file, JSON.stringify({ kind: 'Secret', metadata, data: { session: btoa(old) } }));
  const section = /^## `session`\n[\s\S]*?^```sh\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '';
  const [add = '', promote = '', , retire = ''] = section.trim().split('\n');

  const added = await withKubectl(`${add} && value session session`, folder);
  t.is(added.exitCode, 0, added.stderr);
  const { values, rest } = await stored();
  t.deepEqual(rest, { kind: 'Secret', metadata });
  t.is(values.length, 2);
  t.is(values[0], old);
  t.is(added.stdout, values.join(','), 'only the function `value` shows it');
  t.is((await withKubectl(promote, folder)).exitCode, 0);
  t.deepEqual((await stored()).values, [values[1], old]);
  t.is((await withKubectl(retire, folder)).exitCode, 0);
  t.deepEqual((await stored()).values, [values[1]]);
  t.is(await readFile(join(folder, 'rollouts'), 'utf8'), 'restart\nstatus\n'.repeat(3));
  const failed = await withKubectl('secret promote session && echo restarted', folder);
  t.not(failed.exitCode, 0);
  t.false(failed.stdout.includes('restarted'));
  t.deepEqual((await stored()).values, [values[1]]);
});

/** Runs the section about the authority with a kubectl that has the secrets in files, and whose pods see a change late. */
async function withAuthority(script: string, folder: string) {
  await writeFile(
    join(folder, 'kubectl'),
    `#!/bin/bash
[ "$1 $2" = "-n bank" ] || exit 2
case "$3 $4 $5" in
  "get secret guichet-authority" | "get secret guichet-auth-tls")
    if [ "$7" = json ]; then cat "${folder}/$5.json"; else
      [[ "$7" =~ data\\.(ca|tls) ]]
      node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).data[process.argv[2]]' "${folder}/$5.json" "\${BASH_REMATCH[1]}.crt"
    fi ;;
  "exec -i deploy/guichet-streams") shift 8; cd "${PROJECT}" && exec "$@" ;;
  "replace -f -") cat >"${folder}/new.json" && mv "${folder}/new.json" "${folder}/guichet-authority.json" ;;
  "create job certificates-"*) cd "${PROJECT}" && exec node "${ISSUE}" "${folder}" ;;
  "wait --for=condition=complete "*) ;;
  "get pods -l") echo pod/guichet-auth-1 ;;
  "get pod/guichet-auth-1 ") ;;
  "exec pod/guichet-auth-1 --")
    cat "${folder}/seen"
    node -p 'atob(JSON.parse(require("fs").readFileSync(process.argv[1])).data["ca.crt"]).trimEnd()' "${folder}/guichet-auth-tls.json" >"${folder}/seen" ;;
  *) echo "unexpected: $*" >&2; exit 2 ;;
esac
`,
  );
  await chmod(join(folder, 'kubectl'), 0o755);
  const functions = blocks.find((block) => block.includes('secret() {')) ?? '';
  return execa('bash', ['-c', `${functions}\nsleep() { echo "sleep $1"; }\n${script}`], {
    reject: false,
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH}`, NS: 'bank', RELEASE: 'guichet', BANK: 'guichet' },
  });
}

test('the commands that replace the authority wait for every pod after each step, and end the trust in the old one', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-authority-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await execa('node', [ISSUE, folder]);
  await writeFile(join(folder, 'seen'), 'nothing yet');
  const of = async (name: string, key: string): Promise<string> =>
    Buffer.from(
      JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')).data[key],
      'base64',
    ).toString();
  const old = {
    authority: await of('guichet-authority', 'tls.crt'),
    certificate: await of('guichet-auth-tls', 'tls.crt'),
  };
  const section = /^## `authority`\n[\s\S]*?^```sh\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '';
  const { exitCode, stdout, stderr } = await withAuthority(section, folder);
  t.is(exitCode, 0, stderr);
  // Once for the pod, which sees each change late, and once for MySQL.
  t.deepEqual(
    stdout.split('\n').filter((line) => line.startsWith('sleep')),
    Array.from({ length: 3 }, () => ['sleep 5', 'sleep 75']).flat(),
  );
  t.is(await readFile(join(folder, 'old-authority.crt'), 'utf8'), old.authority);
  const authority = await of('guichet-authority', 'tls.crt');
  t.not(authority, old.authority);
  t.is(await of('guichet-auth-tls', 'ca.crt'), authority);
  const certificate = new X509Certificate(await of('guichet-auth-tls', 'tls.crt'));
  t.true(certificate.verify(new X509Certificate(authority).publicKey));
  t.false(certificate.verify(new X509Certificate(old.authority).publicKey));
  t.not(certificate.toString(), old.certificate);
});
