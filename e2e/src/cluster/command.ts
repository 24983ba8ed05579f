import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { findEngine, IMAGES, PROJECT, REGISTRY, reference } from '@guichet/tools';
import { execa } from 'execa';
import { Kube } from './kube.ts';
import { type ClusterOptions, imageLoader, readOptions, USAGE } from './options.ts';
import { type LoadPeople, makeLoadPeople } from './people.ts';
import type { Bench, Scenario } from './scenario.ts';
import { badInput } from './scenarios/bad-input.ts';
import { helmTest, install } from './scenarios/install.ts';
import { lostDatabase, lostNats, lostPods } from './scenarios/lost-pods.ts';
import { memory } from './scenarios/memory.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import { strangers } from './scenarios/strangers.ts';
import { uninstall } from './scenarios/uninstall.ts';
import { upgrade } from './scenarios/upgrade.ts';

const SCENARIOS: readonly Scenario[] = [
  install,
  helmTest,
  memory,
  strangers,
  rollingRestart,
  upgrade,
  lostPods,
  lostNats,
  lostDatabase,
  badInput,
  uninstall,
];
const CHART = join(PROJECT, 'charts', 'guichet');

/**
 * `npm run test:cluster`: on the cluster that the current kubectl context names, in a namespace of its own, the bank is installed,
 * disturbed in every way that has a promise, and removed. Prints each figure; returns the exit code.
 */
export async function runClusterTest(words: readonly string[], say: (text: string) => void): Promise<number> {
  const options = readOptions(words, process.env);
  const chosen = choose(options);
  const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const kube = await Kube.current(options.namespace, options.release);
  const bench = benchOn(kube, options, version, say);
  say(`cluster ${kube.context}, namespace ${kube.namespace}, release ${kube.release}`);
  await makeNamespace(kube, options.keep);
  if (!options.skipImages) await bringImages(bench, say);
  let failed = 0;
  try {
    for (const scenario of chosen) {
      say(`\n── ${scenario.name}: ${scenario.promise}`);
      const began = Date.now();
      const error = await scenario.run(bench).then(
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
    throw new UserError(`There is no scenario "${unknown}". There are: ${names}.\n${USAGE}`);
  }
  return wanted.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => wanted.includes(name));
}

function benchOn(kube: Kube, options: ClusterOptions, version: string, say: (text: string) => void): Bench {
  const tags = { first: version, second: `${version}-next` };
  let people: Promise<LoadPeople> | null = null;
  return {
    kube,
    options,
    tags,
    jobsImage: reference('jobs', { registry: REGISTRY, tag: version }),
    people: () => {
      people ??= makeLoadPeople(kube);
      return people;
    },
    chart: (tag) => [
      CHART,
      ...options.valuesFiles.flatMap((file) => ['--values', file]),
      ...(tag === version ? [] : ['--set', `images.tag=${tag}`]),
    ],
    say: (text) => say(`  ${text}`),
  };
}

async function makeNamespace(kube: Kube, keep: boolean): Promise<void> {
  const exists = await kube.kubectl(['get', 'namespace', kube.namespace, '--ignore-not-found', '-o', 'name']);
  if (exists.trim() !== '') {
    if (keep) return;
    throw new UserError(
      `There is a namespace ${kube.namespace} already: remove it, name another by GUICHET_NAMESPACE, or say --keep.`,
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

/** Tags the images a second time, for the upgrade, and brings both into the cluster. */
async function bringImages({ kube, options, tags }: Bench, say: (text: string) => void): Promise<void> {
  const loader = imageLoader(kube.context, options.loadCommand);
  if (loader === null) {
    return say(
      'Images: this cluster pulls them itself (GUICHET_IMAGE_LOAD names a command that brings them in).',
    );
  }
  const engine = await findEngine();
  const images = IMAGES.map((name) => reference(name, { registry: REGISTRY, tag: tags.first }));
  const again = IMAGES.map((name) => reference(name, { registry: REGISTRY, tag: tags.second }));
  for (const [index, image] of images.entries()) {
    const { exitCode } = await execa(engine, ['tag', image, again[index] ?? ''], { reject: false });
    if (exitCode !== 0) throw new UserError(`There is no image ${image}: make it with npm run images.`);
  }
  const began = Date.now();
  const [program = '', ...args] = loader;
  await execa(program, [...args, ...images, ...again]);
  say(
    `Images: ${images.length + again.length} brought in by ${loader.join(' ')} in ${((Date.now() - began) / 1000).toFixed(0)} s.`,
  );
}
