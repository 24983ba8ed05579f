import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { execa } from 'execa';
import { parse } from 'yaml';
import { PROJECT } from '../project.ts';
import { CHART } from './generated-files.ts';
import { helm, podOf, type Rendering, render } from './render.ts';

const chart = parse(await readFile(join(CHART, 'Chart.yaml'), 'utf8'));
const annotation = (name: string) => parse(chart.annotations[`artifacthub.io/${name}`]);
const readme = await readFile(join(CHART, 'README.md'), 'utf8');

test('Artifact Hub knows every image that the chart can install', async (t) => {
  const objects = (
    await Promise.all(
      ['everything', 'galera'].map((mode) => render({ files: [join(CHART, 'ci', `${mode}-values.yaml`)] })),
    )
  ).flat();
  const used = objects.flatMap((object) => {
    const { containers = [], initContainers = [] } = podOf(object)?.spec ?? {};
    return [...containers, ...initContainers].map(({ image }) => image);
  });
  t.deepEqual(
    annotation('images')
      .map(({ image }: { image: string }) => image)
      .sort(),
    [...new Set(used)].sort(),
  );
});

test('Artifact Hub shows the changes that the changelog has for this version', async (t) => {
  const changelog = await readFile(join(CHART, 'CHANGELOG.md'), 'utf8');
  const [, section = ''] = changelog.split(`\n## ${chart.version}\n`);
  const changes = section
    .split(/\n## /)[0]
    ?.split(/\n### /)
    .slice(1)
    .flatMap((part) => {
      const [kind = '', ...lines] = part.split('\n');
      return lines
        .filter((line) => line.startsWith('- '))
        .map((line) => ({ kind: kind.toLowerCase(), description: line.slice(2) }));
    });
  t.deepEqual(annotation('changes'), changes);
});

test('each version of the chart has its part of the page on upgrades', async (t) => {
  const upgrading = await readFile(join(CHART, 'UPGRADING.md'), 'utf8');
  t.true(upgrading.includes(`\n## To ${chart.version}\n`));
});

test('the package has its pages and schemas, and no values for tests', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  await helm(['package', CHART, '--destination', folder]);
  const file = join(folder, `guichet-${chart.version}.tgz`);
  const { stdout } = await execa('tar', ['--list', '--file', file]);
  const files = stdout.split('\n');
  for (const name of [
    'README.md',
    'CHANGELOG.md',
    'UPGRADING.md',
    'values.schema.json',
    'charts/auth/values.schema.json',
  ])
    t.true(files.includes(`guichet/${name}`), name);
  t.false(files.some((name) => name.startsWith('guichet/ci/')));
  const shown = await helm(['show', 'readme', file]);
  t.regex(shown.stdout, /^# Guichet on Kubernetes\n/);
  t.regex((await helm(['show', 'chart', file])).stdout, /^maintainers:\n- name: Guichet\n/m);
});

test('the pages of the chart link to each other or to the repository, where the page exists', async (t) => {
  for (const page of ['README.md', 'CHANGELOG.md', 'UPGRADING.md']) {
    const text = await readFile(join(CHART, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)#\s]+)/g)) {
      const [, path] =
        /^https:\/\/github\.com\/guichet-bank\/guichet\/(?:blob|tree)\/main\/(.*)$/.exec(link) ?? [];
      t.false(link.startsWith('..'), `${page}: ${link} leads nowhere outside the repository`);
      if (path !== undefined)
        await t.notThrowsAsync(
          readFile(join(PROJECT, path)).catch(() => readdir(join(PROJECT, path))),
          `${page}: ${link}`,
        );
    }
  }
});

const cores = (text: string): number =>
  text.endsWith('m') ? Number.parseInt(text, 10) : Number(text) * 1000;
const mebibytes = (text: string): number => Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 : 1);

/** What all pods of the deployments, stateful sets and jobs request together, in thousandths of a CPU and in MiB. */
async function requestsOf(rendering: Rendering) {
  let [cpu, memory] = [0, 0];
  for (const object of await render(rendering)) {
    if (!['Deployment', 'StatefulSet', 'Job'].includes(object.kind)) continue;
    const { containers, initContainers = [] } = podOf(object)?.spec ?? {};
    const isSidecar = ({ restartPolicy }: { restartPolicy?: string }) => restartPolicy === 'Always';
    const together = [...containers, ...initContainers.filter(isSidecar)];
    const steps = initContainers.filter((container: { restartPolicy?: string }) => !isSidecar(container));
    // A pod requests what runs at once, or its largest init container.
    const most = (amount: (requests: Record<string, string>) => number): number =>
      Math.max(
        together.reduce((sum, { resources }) => sum + amount(resources.requests), 0),
        ...steps.map(({ resources }: { resources: { requests: Record<string, string> } }) =>
          amount(resources.requests),
        ),
      );
    const pods = object.spec.replicas ?? 1;
    cpu += pods * most(({ cpu }) => cores(cpu ?? ''));
    memory += pods * most(({ memory }) => mebibytes(memory ?? ''));
  }
  const number = (value: number) => value.toLocaleString('en');
  return `${number(cpu)} m | ${number(memory)} MiB`;
}

test('the README says how much CPU and memory the pods request', async (t) => {
  const file = (name: string) => ({ files: [join(PROJECT, 'k8s', 'values', name)] });
  t.true(readme.includes(`| the defaults | ${await requestsOf({})} |`), await requestsOf({}));
  for (const name of ['laptop.yaml', 'small-cluster.yaml']) {
    const requests = await requestsOf(file(name));
    t.true(readme.includes(`| \`${name}\` | ${requests} |`), `${name}: ${requests}`);
  }
});

test('the examples name the secrets that must exist before the installation', async (t) => {
  const folder = join(PROJECT, 'k8s', 'values');
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    const secrets = [...text.matchAll(/(?:existing\w*Secret|secretName): ([\w-]+)/g)].map(
      ([, secret]) => secret,
    );
    for (const secret of secrets)
      t.regex(
        text,
        new RegExp(`^# .*kubectl .* create secret (tls|generic) ${secret} `, 'm'),
        `${name} ${secret}`,
      );
  }
});

test('the example for Argo CD ignores no difference, so that a restore stops the services', async (t) => {
  const { spec } = parse(await readFile(join(PROJECT, 'k8s', 'argo-cd', 'application.yaml'), 'utf8'));
  t.is(spec.ignoreDifferences, undefined);
});

test('every action of the pipelines is pinned by the hash of its commit', async (t) => {
  const folder = join(PROJECT, '.github', 'workflows');
  let count = 0;
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    t.notThrows(() => parse(text), name);
    for (const [line, used = ''] of text.matchAll(/^.*\buses: (\S+).*$/gm)) {
      if (used.startsWith('./')) continue;
      count += 1;
      t.regex(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${name}: ${line.trim()}`);
    }
  }
  t.true(count >= 8);
});
