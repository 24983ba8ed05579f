import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { parse } from 'yaml';
import { PROJECT } from '../project.ts';
import { type ClusterPrograms, readOutput, runShown } from './programs.ts';

/** The name of the cluster, the profile, the namespace and the release. */
export const NAME = 'guichet';
const KIND_CONFIG = join(PROJECT, 'k8s', 'kind', 'cluster.yaml');

/** One port of this machine that leads to one port of a node. */
export interface Door {
  /** On this machine. */
  port: number;
  nodePort: number;
}

export interface Cluster {
  /** Its context in kubectl's configuration. */
  context: string;
  door: Door;
  /** Creates the cluster, or starts it if it was stopped. */
  ensure(): Promise<void>;
  /** Makes the images of this machine available in the cluster. */
  load(images: readonly string[]): Promise<void>;
  /** The command that deletes it. */
  remove: string;
}

/** A kind cluster of three nodes, as `k8s/kind/cluster.yaml` describes it. */
export async function kindCluster({ cluster: kind, engine }: ClusterPrograms): Promise<Cluster> {
  return {
    context: `kind-${NAME}`,
    door: await kindDoor(),
    async ensure() {
      const existing = (await readOutput(kind, ['get', 'clusters'])).split('\n').map((line) => line.trim());
      if (existing.includes(NAME)) {
        // kind has no command that starts a cluster again after its machine was restarted; its nodes are containers.
        const nodes = (await readOutput(kind, ['get', 'nodes', '--name', NAME])).split('\n').filter(Boolean);
        await readOutput(engine, ['start', ...nodes]);
        await readOutput(kind, ['export', 'kubeconfig', '--name', NAME]);
        return;
      }
      await runShown(kind, ['create', 'cluster', '--config', KIND_CONFIG, '--wait', '3m']);
    },
    async load(images) {
      if (engine === 'docker') {
        await runShown(kind, ['load', 'docker-image', '--name', NAME, ...images]);
        return;
      }
      await eachArchive(engine, images, (file) =>
        runShown(kind, ['load', 'image-archive', '--name', NAME, file]),
      );
    },
    remove: `kind delete cluster --name ${NAME}`,
  };
}

/** The port of the first node that `k8s/kind/cluster.yaml` opens on this machine. */
export async function kindDoor(): Promise<Door> {
  const { nodes } = parse(await readFile(KIND_CONFIG, 'utf8'));
  const [{ hostPort, containerPort }] = nodes[0].extraPortMappings;
  return { port: hostPort, nodePort: containerPort };
}

/** A minikube with a network plugin that enforces NetworkPolicies. The door only opens with the drivers docker and podman. */
export async function minikubeCluster({ cluster: minikube, engine }: ClusterPrograms): Promise<Cluster> {
  const { CPUS = '2', MEMORY = '4g' } = process.env;
  const door = await kindDoor();
  return {
    context: NAME,
    door,
    // It also starts an existing one, and leaves a running one as it is.
    ensure: () =>
      runShown(minikube, [
        ...['start', '--profile', NAME, '--cpus', CPUS, '--memory', MEMORY, '--cni', 'calico'],
        ...['--addons', 'ingress,metrics-server', '--ports', `127.0.0.1:${door.port}:${door.nodePort}`],
      ]),
    async load(images) {
      if (engine === 'docker') {
        for (const image of images)
          await runShown(minikube, ['--profile', NAME, 'image', 'load', '--daemon', image]);
        return;
      }
      await eachArchive(engine, images, (file) =>
        runShown(minikube, ['--profile', NAME, 'image', 'load', file]),
      );
    },
    remove: `minikube delete --profile ${NAME}`,
  };
}

/** kind and minikube read images from docker only; those of podman go through a file each. */
async function eachArchive(
  engine: string,
  images: readonly string[],
  load: (file: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-images-'));
  try {
    for (const [index, image] of images.entries()) {
      const file = join(folder, `${index}.tar`);
      await readOutput(engine, ['save', '--format', 'docker-archive', '--output', file, image]);
      await load(file);
      await rm(file, { force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The id of an image on this machine. @throws UserError if there is none */
export async function imageId(engine: string, image: string): Promise<string> {
  const result = await execa(engine, ['image', 'inspect', '--format', '{{.Id}}', image], { reject: false });
  const id = result.stdout?.trim().replace(/^sha256:/, '') ?? '';
  if (!/^[0-9a-f]{64}$/.test(id)) throw new UserError(`${engine} has no image ${image}: ${result.stderr}`);
  return id;
}
