import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { PROJECT, REGISTRY, reference } from '@guichet/tools';
import { checkOut, loadImages } from './images.ts';
import { Kube } from './kube.ts';
import { createLoadUsers, type LoadUsers } from './load-users.ts';
import { type ClusterOptions, readOptions, USAGE } from './options.ts';
import { NotRun, type Scenario, type ScenarioContext } from './scenario.ts';
import { badInput } from './scenarios/bad-input.ts';
import { disaster } from './scenarios/disaster.ts';
import { helmTest, install } from './scenarios/install.ts';
import { lostMembers } from './scenarios/lost-members.ts';
import { lostNode } from './scenarios/lost-node.ts';
import { lostDatabase, lostNats, lostPods } from './scenarios/lost-pods.ts';
import { memory } from './scenarios/memory.ts';
import { monitoring } from './scenarios/monitoring.ts';
import { networkPolicies } from './scenarios/network-policies.ts';
import { nodes } from './scenarios/nodes.ts';
import { restarts } from './scenarios/restarts.ts';
import { rollingRestart } from './scenarios/rolling-restart.ts';
import { authority, rotation } from './scenarios/rotation.ts';
import { uninstall } from './scenarios/uninstall.ts';
import { previous, upgrade } from './scenarios/upgrade.ts';

const SCENARIOS: readonly Scenario[] = [
  install,
  helmTest,
  memory,
  networkPolicies,
  monitoring,
  rollingRestart,
  restarts,
  nodes,
  upgrade,
  lostPods,
  lostNats,
  lostDatabase,
  lostMembers,
  lostNode,
  rotation,
  authority,
  disaster,
  badInput,
  uninstall,
  previous,
];
const MARKS = { passed: '✔', failed: '✘', notRun: '–' };
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
  const previousCommit = join(await mkdtemp(join(tmpdir(), 'guichet-commit-')), 'guichet');
  if (options.from !== null) await checkOut(options.from, previousCommit);
  const context = createContext(kube, options, version, previousCommit, say);
  say(`cluster ${kube.context}, namespace ${kube.namespace}, release ${kube.release}`);
  await createNamespace(kube, options.keep);
  if (!options.skipImages) await loadImages(context, previousCommit, say);
  const ended = { passed: 0, failed: 0, notRun: 0 };
  try {
    for (const scenario of chosen) {
      say(`\n── ${scenario.name}: ${scenario.expectation}`);
      const began = Date.now();
      const error = await scenario.run(context).then(
        () => null,
        (thrown: Error) => thrown,
      );
      const seconds = ((Date.now() - began) / 1000).toFixed(0);
      const outcome = error === null ? 'passed' : error instanceof NotRun ? 'notRun' : 'failed';
      ended[outcome] += 1;
      if (error !== null) say(error.message.replace(/^/gm, '    '));
      say(`${MARKS[outcome]} ${scenario.name} (${seconds} s)`);
      if (outcome === 'failed' && scenario === install) break;
    }
  } finally {
    if (!options.keep) await kube.kubectl(['delete', 'namespace', kube.namespace, '--wait=true']);
  }
  say(`\n${ended.passed} passed, ${ended.failed} failed, ${ended.notRun} not run`);
  return ended.failed === 0 ? 0 : 1;
}

function choose({ wanted, from }: ClusterOptions): readonly Scenario[] {
  const unknown = wanted.find((name) => SCENARIOS.every((scenario) => scenario.name !== name));
  if (unknown !== undefined) {
    const names = SCENARIOS.map(({ name }) => name).join(', ');
    throw new UserError(`There is no scenario "${unknown}". Scenarios: ${names}.\n${USAGE}`);
  }
  if (wanted.includes(previous.name) && from === null)
    throw new UserError(`The scenario ${previous.name} needs --from.\n${USAGE}`);
  const possible = SCENARIOS.filter((scenario) => scenario !== previous || from !== null);
  return wanted.length === 0 ? possible : possible.filter(({ name }) => wanted.includes(name));
}

function createContext(
  kube: Kube,
  options: ClusterOptions,
  version: string,
  previousCommit: string,
  say: (text: string) => void,
): ScenarioContext {
  const tags = { first: version, second: `${version}-next`, previous: `${version}-previous` };
  const files = options.valuesFiles.flatMap((file) => ['--values', file]);
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
    chart: (tag) => [CHART, ...files, ...(tag === version ? [] : ['--set', `images.tag=${tag}`])],
    previousChart: () => [
      join(previousCommit, 'charts', 'guichet'),
      ...files,
      ...['--set', `images.tag=${tags.previous}`],
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
  await kube.createNamespace();
}
