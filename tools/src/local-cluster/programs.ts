import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { type Engine, findEngine } from '../images/engine.ts';
import { findProgram } from '../programs/find.ts';
import { ensureHelm } from '../programs/helm.ts';

export interface ClusterPrograms {
  engine: Engine;
  /** kind or minikube. */
  cluster: string;
  helm: string;
  kubectl: string;
}

const INSTALL = {
  kind: 'https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  minikube: 'https://minikube.sigs.k8s.io/docs/start/',
  docker: 'https://docs.docker.com/get-started/get-docker/ (or podman: https://podman.io/docs/installation)',
  helm: 'https://helm.sh/docs/intro/install/',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
} as const;

/** Where the programs are looked for; a test looks elsewhere. */
const LOOK = {
  find: (name: string) => findProgram([name]),
  findEngine: () => findEngine(),
  fetchHelm: ensureHelm,
};

/**
 * Finds what a local cluster needs. helm and kubectl are downloaded once where they are missing, if they can be.
 * @throws UserError that names every missing program
 */
export async function findClusterPrograms(
  name: 'kind' | 'minikube',
  say: (text: string) => void,
  { find, findEngine, fetchHelm } = LOOK,
): Promise<ClusterPrograms> {
  const cluster = find(name);
  const engine = await findEngine().catch(() => null);
  // helm and kubectl are one download, which is worth its time only if the other programs are there.
  if ([find('helm'), find('kubectl')].includes(null) && cluster !== null && engine !== null) {
    await fetchHelm(say).catch(() => undefined);
  }
  const [helm, kubectl] = [find('helm'), find('kubectl')];
  if (cluster === null || engine === null || helm === null || kubectl === null) {
    const missing = Object.entries({ [name]: cluster, docker: engine, helm, kubectl }).flatMap(
      ([program, found]) => (found === null ? [program as keyof typeof INSTALL] : []),
    );
    throw new UserError(
      [
        `npm run ${name}:up needs programs that are missing here, or don't work:`,
        ...missing.map((program) => `  ${program.padEnd(8)} ${INSTALL[program]}`),
      ].join('\n'),
    );
  }
  return { engine, cluster, helm, kubectl };
}

/** Runs a program and shows its output. @throws UserError if it fails */
export async function runShown(program: string, args: readonly string[]): Promise<void> {
  const result = await execa(program, args, { reject: false, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.exitCode !== 0) throw failed(program, args, result.originalMessage ?? '');
}

/** Runs a program and returns what it printed. @throws UserError if it fails */
export async function readOutput(program: string, args: readonly string[]): Promise<string> {
  const result = await execa(program, args, { reject: false, stdin: 'ignore' });
  if (result.exitCode !== 0) throw failed(program, args, result.stderr ?? '');
  return result.stdout ?? '';
}

function failed(program: string, args: readonly string[], why: string): UserError {
  return new UserError(
    `This failed, see its output${why === '' ? ' above' : ''}: ${[program, ...args].join(' ')}${why === '' ? '' : `\n${why}`}`,
  );
}
