import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { findEngine, IMAGES, PROJECT, REGISTRY, reference } from '@guichet/tools';
import { execa } from 'execa';
import { Kube } from './kube.ts';
import { createLoadUsers, type LoadUsers } from './load-users.ts';
import { type ClusterOptions, imageLoader, readOptions, USAGE } from './options.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { badInput } from './scenarios/bad-input.ts';
import { disaster } from './scenarios/disaster.ts';
import { helmTest, install } from './scenarios/install.ts';
import { lostDatabase, lostNats, lostPods } from './scenarios/lost-pods.ts';
import { memory } from './scenarios/memory.ts';
import { networkPolicies } from './scenarios/network-policies.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import { authority, rotation } from './scenarios/rotation.ts';
import { uninstall } from './scenarios/uninstall.ts';
import { upgrade } from './scenarios/upgrade.ts';

const SCENARIOS: readonly Scenario[] = [
  install,
  helmTest,
  memory,
  networkPolicies,
  rollingRestart,
  upgrade,
  lostPods,
  lostNats,
  lostDatabase,
  rotation,
  authority,
  disaster,
  badInput,
  uninstall,
];
const CHART = join(PROJECT, 'charts', 'guichet');

/**
 * `npm run test:cluster`: installs the bank in its own namespace on the cluster of the current kubectl context, runs the scenarios, and
 * uninstalls it. Prints the measurements; returns the exit code.
 */
export async function runClusterTest(args: readonly string[], say: (text: string) => void): Promise<number> {
  const options = readOptions(args, process.env);
  const chosen = choose(options);
  const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const kube = await Kube.current(options.namespace, options.release);
  const context = createContext(kube, options, version, say);
  say(`cluster ${kube.context}, namespace ${kube.namespace}, release ${kube.release}`);
  await createNamespace(kube, options.keep);
  if (!options.skipImages) await loadImages(context, say);
  let failed = 0;
  try {
    for (const scenario of chosen) {
      say(`\n── ${scenario.name}: ${scenario.expectation}`);
      const began = Date.now();
      const error = await scenario.run(context).then(
        () => null,
        (thrown: Error) => thrown,
      );
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      if (error !== null) {
        failed += 1;
        say(error.message.replace(/^/gm, '    '));
      }
      say(`${error === null ? '✔' : '✘'} ${scenario.name} (${seconds} s)`);
      if (error !== null && scenario === install) break;
    }
  } finally {
    if (!options.keep) await kube.kubectl(['delete', 'namespace', kube.namespace, '--wait=true']);
  }
  say(`\n${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function choose({ wanted }: ClusterOptions): readonly Scenario[] {
  const unknown = wanted.find((name) => SCENARIOS.every((scenario) => scenario.name !== name));
  if (unknown !== undefined) {
    const names = SCENARIOS.map(({ name }) => name).join(', ');
    throw new UserError(`There is no scenario "${unknown}". Scenarios: ${names}.\n${USAGE}`);
  }
  return wanted.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => wanted.includes(name));
}

function createContext(
  kube: Kube,
  options: ClusterOptions,
  version: string,
  say: (text: string) => void,
): ScenarioContext {
  const tags = { first: version, second: `${version}-next` };
  let users: Promise<LoadUsers> | null = null;
  return {
    kube,
    options,
    tags,
    jobsImage: reference('jobs', { registry: REGISTRY, tag: version }),
    users: () => {
      users ??= createLoadUsers(kube);
      return users;
    },
    chart: (tag) => [
      CHART,
      ...options.valuesFiles.flatMap((file) => ['--values', file]),
      ...(tag === version ? [] : ['--set', `images.tag=${tag}`]),
    ],
    say: (text) => say(`  ${text}`),
  };
}

async function createNamespace(kube: Kube, keep: boolean): Promise<void> {
  const exists = await kube.kubectl(['get', 'namespace', kube.namespace, '--ignore-not-found', '-o', 'name']);
  if (exists.trim() !== '') {
    if (keep) return;
    throw new UserError(
      `The namespace ${kube.namespace} exists already. Delete it, set GUICHET_NAMESPACE to another name, or use --keep.`,
    );
  }
  const restricted = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  await kube.apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: kube.namespace, labels: restricted },
  });
}

/** Adds a second tag to the images, for the upgrade, and loads both into the cluster. */
async function loadImages(
  { kube, options, tags }: ScenarioContext,
  say: (text: string) => void,
): Promise<void> {
  const loader = imageLoader(kube.context, options.loadCommand);
  if (loader === null) {
    return say(
      'Images: this cluster pulls them from the registry (set GUICHET_IMAGE_LOAD to a command that loads them instead).',
    );
  }
  const engine = await findEngine();
  const images = IMAGES.map((name) => reference(name, { registry: REGISTRY, tag: tags.first }));
  const upgraded = IMAGES.map((name) => reference(name, { registry: REGISTRY, tag: tags.second }));
  for (const [index, image] of images.entries()) {
    const { exitCode } = await execa(engine, ['tag', image, upgraded[index] ?? ''], { reject: false });
    if (exitCode !== 0) throw new UserError(`There is no image ${image}. Build it with npm run images.`);
  }
  const began = Date.now();
  const [program = '', ...args] = loader;
  await execa(program, [...args, ...images, ...upgraded]);
  say(
    `Images: ${images.length + upgraded.length} loaded by ${loader.join(' ')} in ${((Date.now() - began) / 1000).toFixed(0)} s.`,
  );
}
