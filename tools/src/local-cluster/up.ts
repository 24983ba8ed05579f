import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { buildImages } from '../images/build-images.ts';
import { IMAGES, REGISTRY, reference } from '../images/rules.ts';
import { PROJECT } from '../project.ts';
import { type Cluster, imageId, kindCluster, minikubeCluster, NAME } from './cluster.ts';
import { type ClusterPrograms, findClusterPrograms, readOutput, runShown } from './programs.ts';

const READY_WITHIN = '10m';

/**
 * `npm run kind:up` and `npm run minikube:up`: from a clone to a bank in a local cluster. Creates the cluster unless it exists, builds the
 * images, loads and installs them, waits, and prints the address and the passwords. Run again, it changes only what has changed.
 * @returns the exit code
 */
export async function bringUp(name: 'kind' | 'minikube', say: (text: string) => void): Promise<number> {
  const programs = await findClusterPrograms(name, say);
  const cluster = await (name === 'kind' ? kindCluster(programs) : minikubeCluster(programs));
  say(`\n── The cluster, ${cluster.context}`);
  await cluster.ensure();
  say('\n── Images');
  const built = await buildImages([], say);
  if (built !== 0) return built;
  const images = await tagById(programs);
  await cluster.load(Object.values(images));
  say('\n── The bank');
  const { helm, kubectl } = programs;
  await runShown(kubectl, [
    '--context',
    cluster.context,
    'apply',
    '--filename',
    join(PROJECT, 'k8s', 'namespace.yaml'),
  ]);
  const url = `http://localhost:${cluster.door.port}`;
  await install(helm, cluster, { images, url });
  const isOpen = await answers(url);
  const password = await superuserPassword(kubectl, cluster.context);
  const kubectlInBank = `kubectl --context ${cluster.context} --namespace ${NAME}`;
  const door = isOpen
    ? url
    : `${url}, while this runs: ${kubectlInBank} port-forward service/${NAME}-frontend ${cluster.door.port}:8080`;
  say('');
  say(`The bank          ${door}`);
  say(`Its administrator superuser, password ${password}`);
  say(`Demo users        ${kubectlInBank} logs --follow --tail=12 job/${NAME}-demo`);
  say(
    `Their emails      ${kubectlInBank} port-forward service/${NAME}-mailpit 8025:8025, at http://localhost:8025`,
  );
  say(`Test it           helm --kube-context ${cluster.context} --namespace ${NAME} test ${NAME}`);
  say(`Delete everything ${cluster.remove}`);
  return 0;
}

/** Names each image by its id, so that a pod is replaced if and only if its image has changed. */
async function tagById({ engine }: ClusterPrograms): Promise<Record<string, string>> {
  const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8'));
  const images: Record<string, string> = {};
  for (const name of IMAGES) {
    const built = reference(name, { registry: REGISTRY, tag: version });
    const image = reference(name, { registry: REGISTRY, tag: (await imageId(engine, built)).slice(0, 12) });
    await readOutput(engine, ['tag', built, image]);
    images[name] = image;
  }
  return images;
}

async function install(
  helm: string,
  { context, door }: Cluster,
  { images, url }: { images: Record<string, string>; url: string },
): Promise<void> {
  const values = {
    'bank.publicUrl': url,
    'frontend.service.type': 'NodePort',
    'frontend.service.nodePort': String(door.nodePort),
    ...Object.fromEntries(
      Object.entries(images).map(([name, image]) => [`images.references.${name}`, image]),
    ),
  };
  await runShown(helm, [
    ...['--kube-context', context, '--namespace', NAME],
    ...[
      'upgrade',
      '--install',
      NAME,
      join(PROJECT, 'charts', 'guichet'),
      '--wait',
      '--timeout',
      READY_WITHIN,
    ],
    ...['--values', join(PROJECT, 'k8s', 'values', 'laptop.yaml')],
    ...Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ]);
}

async function superuserPassword(kubectl: string, context: string): Promise<string> {
  const encoded = await readOutput(kubectl, [
    ...['--context', context, '--namespace', NAME, 'get', 'secret', `${NAME}-superuser`],
    ...['--output', 'jsonpath={.data.password}'],
  ]);
  if (encoded === '') throw new UserError(`The secret ${NAME}-superuser has no password.`);
  return Buffer.from(encoded, 'base64').toString();
}

async function answers(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/login`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
  return reply?.ok === true;
}
