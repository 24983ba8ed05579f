import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'yaml';
import { IMAGES } from '../images/rules.ts';
import { PROJECT } from '../project.ts';
import { kindDoor } from './cluster.ts';
import { findClusterPrograms } from './programs.ts';
import { bringUp } from './up.ts';

/**
 * The flags of each command that may be used, from the reference of each program: `kind … --help` of 0.30, minikube's pages of `start` and
 * `image`, those of docker, podman, kubectl and helm 3 and 4.
 */
const FLAGS: Record<string, string[]> = {
  'kind get clusters': [],
  'kind get nodes': ['--all-clusters', '--name'],
  'kind create cluster': ['--config', '--image', '--kubeconfig', '--name', '--retain', '--wait'],
  'kind export kubeconfig': ['--internal', '--kubeconfig', '--name'],
  'kind load docker-image': ['--name', '--nodes'],
  'kind load image-archive': ['--name', '--nodes'],
  'minikube start': ['--profile', '--cpus', '--memory', '--cni', '--addons', '--ports'],
  'minikube image load': ['--profile', '--daemon', '--pull', '--remote', '--overwrite'],
  'docker info': [],
  'docker build': ['--target', '--tag', '--build-arg'],
  'docker image inspect': ['--format'],
  'docker tag': [],
  'docker start': [],
  'podman info': [],
  'podman build': ['--target', '--tag', '--build-arg', '--timestamp'],
  'podman image inspect': ['--format'],
  'podman tag': [],
  'podman save': ['--format', '--output', '--compress', '--quiet', '--multi-image-archive'],
  'kubectl apply': ['--context', '--filename', '--namespace'],
  'kubectl get': ['--context', '--namespace', '--output'],
  'helm upgrade': ['--kube-context', '--namespace', '--install', '--wait', '--timeout', '--values', '--set'],
};
/** Flags without a value. */
const SWITCHES = ['--wait', '--install', '--daemon', '--pull', '--remote'];

const PASSWORD = 'it is "secret"';
const folder = await mkdtemp(join(tmpdir(), 'guichet-up-'));
const calls = join(folder, 'calls');
const state = join(folder, 'clusters');
const path = process.env.PATH;
test.after.always(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true, force: true });
});

/** Puts programs in front of the real ones that write down how they are called, and answer what the real ones do. */
async function fakePrograms({ engine }: { engine: 'docker' | 'podman' }): Promise<void> {
  const other = engine === 'docker' ? 'podman' : 'docker';
  const id = 'd'.repeat(64);
  const programs: Record<string, string> = {
    kind: `case "$1 $2" in "get clusters") cat '${state}';; "create cluster") echo guichet >>'${state}';; "get nodes") echo guichet-worker;; esac`,
    minikube: '',
    kubectl: `[[ "$*" != *"get secret"* ]] || printf %s '${Buffer.from(PASSWORD).toString('base64')}'`,
    helm: '',
    [engine]: `[ "$1" != image ] || case "$*" in *.Size*) echo 99000000;; *.Id*) echo sha256:${id};; esac`,
    [other]: 'exit 1',
  };
  await writeFile(calls, '');
  await writeFile(state, '');
  for (const [name, body] of Object.entries(programs)) {
    const file = join(folder, name);
    const record = `printf '%s\\0' ${name} "$@" >>'${calls}'; printf '\\n' >>'${calls}'`;
    await writeFile(file, `#!/bin/bash\n${record}\n${body}\n`);
    await chmod(file, 0o755);
  }
  process.env.PATH = `${folder}:${path}`;
}

interface Call {
  command: string;
  flags: Record<string, string[]>;
  words: string[];
}

/** The calls since the last time, without those that only looked for an engine. */
async function called(): Promise<Call[]> {
  const text = await readFile(calls, 'utf8');
  await writeFile(calls, '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => readCall(line.split('\0').slice(0, -1)))
    .filter(({ command }) => !command.endsWith(' info'));
}

function readCall([program = '', ...args]: string[]): Call {
  const flags: Record<string, string[]> = {};
  const words: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('--')) words.push(arg);
    else if (SWITCHES.includes(arg) && !(program === 'kind' && arg === '--wait')) flags[arg] = [];
    else {
      index += 1;
      flags[arg] = [...(flags[arg] ?? []), args[index] ?? ''];
    }
  }
  const length = [3, 2, 1].find((count) => [program, ...words.slice(0, count)].join(' ') in FLAGS);
  const command = [program, ...words.slice(0, length ?? 1)].join(' ');
  return { command, flags, words: words.slice(length ?? 1) };
}

/** Runs the command, and fails for a flag that the real program doesn't have. */
async function up(
  t: ExecutionContext,
  name: 'kind' | 'minikube',
): Promise<{ code: number; printed: string; calls: Call[] }> {
  const lines: string[] = [];
  const code = await bringUp(name, (text) => lines.push(text));
  const made = await called();
  for (const { command, flags } of made) {
    for (const flag of Object.keys(flags)) t.true(FLAGS[command]?.includes(flag), `${command} ${flag}`);
  }
  return { code, printed: lines.join('\n'), calls: made };
}

test.serial(
  'one command creates a kind cluster, builds, loads, installs, and prints address and password',
  async (t) => {
    await fakePrograms({ engine: 'docker' });
    const { code, printed, calls } = await up(t, 'kind');
    t.is(code, 0);
    t.regex(printed, /http:\/\/localhost:9080/);
    t.true(printed.includes(PASSWORD));
    t.true(printed.includes('kind delete cluster --name guichet'));
    t.deepEqual(
      calls.map(({ command }) => command).filter((command) => !/^docker (build|image|tag)/.test(command)),
      [
        'kind get clusters',
        'kind create cluster',
        'kind load docker-image',
        'kubectl apply',
        'helm upgrade',
        'kubectl get',
      ],
    );
    const loaded = calls.find(({ command }) => command === 'kind load docker-image')?.words;
    const expected = IMAGES.map((name) => `ghcr.io/guichet-bank/guichet-${name}:${'d'.repeat(12)}`);
    t.deepEqual(loaded, expected);
    const set = calls.find(({ command }) => command === 'helm upgrade')?.flags['--set'] ?? [];
    for (const [index, name] of IMAGES.entries())
      t.true(set.includes(`images.references.${name}=${expected[index]}`), name);
    t.true(set.includes('bank.publicUrl=http://localhost:9080'));
  },
);

test.serial('run again, it starts the nodes of the cluster instead of creating it', async (t) => {
  await fakePrograms({ engine: 'docker' });
  await up(t, 'kind');
  const { code, calls } = await up(t, 'kind');
  t.is(code, 0);
  const commands = calls.map(({ command }) => command);
  t.false(commands.includes('kind create cluster'));
  t.true(commands.includes('docker start'));
});

test.serial('with podman, each image is loaded from a file', async (t) => {
  await fakePrograms({ engine: 'podman' });
  for (const [name, load] of [
    ['kind', 'kind load image-archive'],
    ['minikube', 'minikube image load'],
  ] as const) {
    const { code, calls } = await up(t, name);
    t.is(code, 0);
    t.is(calls.filter(({ command }) => command === 'podman save').length, IMAGES.length);
    t.is(calls.filter(({ command }) => command === load).length, IMAGES.length);
  }
});

test.serial('minikube opens the same port on this machine', async (t) => {
  await fakePrograms({ engine: 'docker' });
  const { code, printed, calls } = await up(t, 'minikube');
  t.is(code, 0);
  const start = calls.find(({ command }) => command === 'minikube start');
  t.deepEqual(start?.flags['--ports'], ['127.0.0.1:9080:30080']);
  t.is(calls.filter(({ command }) => command === 'minikube image load').length, IMAGES.length);
  t.true(printed.includes('minikube delete --profile guichet'));
});

test.serial('a step that fails stops it, and says which', async (t) => {
  await fakePrograms({ engine: 'docker' });
  await writeFile(join(folder, 'helm'), '#!/bin/bash\nexit 1\n');
  await t.throwsAsync(
    bringUp('kind', () => undefined),
    { instanceOf: UserError, message: /helm .*upgrade --install/ },
  );
});

test('every program that is missing is named, with where to get it', async (t) => {
  const found = new Set(['kubectl']);
  const look = {
    find: (name: string) => (found.has(name) ? name : null),
    findEngine: () => Promise.reject(new Error('none')),
    fetchHelm: () => Promise.reject(new Error('not here')),
  };
  const error = await t.throwsAsync(
    findClusterPrograms('minikube', () => undefined, look),
    { instanceOf: UserError },
  );
  for (const name of ['minikube', 'docker', 'podman', 'helm']) t.true(error?.message.includes(name), name);
  t.false(error?.message.includes('kubectl'));
  t.regex(error?.message ?? '', /https:\/\//);
});

test('a missing helm is downloaded where everything else is there', async (t) => {
  const found = new Set(['kind']);
  const look = {
    find: (name: string) => (found.has(name) ? `/bin/${name}` : null),
    findEngine: async () => 'docker' as const,
    fetchHelm: async () => {
      for (const name of ['helm', 'kubectl']) found.add(name);
      return '/bin/helm';
    },
  };
  t.deepEqual(await findClusterPrograms('kind', () => undefined, look), {
    cluster: '/bin/kind',
    engine: 'docker',
    helm: '/bin/helm',
    kubectl: '/bin/kubectl',
  });
});

test('the door of the kind cluster is only for this machine, and not the port of npm start', async (t) => {
  t.deepEqual(await kindDoor(), { port: 9080, nodePort: 30080 });
  const { nodes } = parse(await readFile(join(PROJECT, 'k8s/kind/cluster.yaml'), 'utf8'));
  const mappings = nodes.flatMap(({ extraPortMappings = [] }) => extraPortMappings);
  t.deepEqual(
    mappings.map(({ listenAddress }: { listenAddress: string }) => listenAddress),
    ['127.0.0.1'],
  );
});
