import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';

export interface ClusterOptions {
  /** The names of the scenarios to run; empty for all. */
  wanted: readonly string[];
  /** Created and deleted by the test. It must not exist before, except with `keep`. */
  namespace: string;
  release: string;
  /** Passed to every helm command. */
  valuesFiles: readonly string[];
  /** A command that loads the images given as arguments into the cluster. */
  loadCommand: readonly string[] | null;
  /** Commands that stop and start the machine of a node, whose name is appended; null: no machine can be lost. */
  nodeCommands: { stop: readonly string[]; start: readonly string[] } | null;
  /** Keeps the bank installed at the end, and accepts one that is already installed. */
  keep: boolean;
  /** The cluster already has the images under all tags. */
  skipImages: boolean;
  /** The commit whose chart and images the scenario `previous` installs; null: it doesn't run. */
  from: string | null;
}

export const USAGE = `npm run test:cluster -- [SCENARIO…] [--keep] [--skip-images] [--values FILE]… [--from COMMIT]
Environment: GUICHET_NAMESPACE (guichet-test), GUICHET_RELEASE (guichet), GUICHET_IMAGE_LOAD (a command that loads the images given as
arguments; not needed for kind and minikube), GUICHET_NODE_STOP and GUICHET_NODE_START (commands that stop and start the machine of the node
given as argument; not needed for kind).`;

/** @throws UserError for an unknown argument */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ClusterOptions {
  const { values, positionals } = parse(args);
  return {
    wanted: positionals,
    namespace: environment.GUICHET_NAMESPACE || 'guichet-test',
    release: environment.GUICHET_RELEASE || 'guichet',
    valuesFiles: values.values ?? [],
    loadCommand: wordsOf(environment.GUICHET_IMAGE_LOAD),
    nodeCommands: nodeCommands(environment),
    keep: values.keep ?? false,
    skipImages: values['skip-images'] ?? false,
    from: values.from ?? null,
  };
}

function wordsOf(command: string | undefined): string[] | null {
  return command?.trim().split(/\s+/) ?? null;
}

function nodeCommands({ GUICHET_NODE_STOP, GUICHET_NODE_START }: NodeJS.ProcessEnv) {
  const stop = wordsOf(GUICHET_NODE_STOP);
  const start = wordsOf(GUICHET_NODE_START);
  if ((stop === null) !== (start === null))
    throw new UserError(`GUICHET_NODE_STOP and GUICHET_NODE_START belong together.\n${USAGE}`);
  return stop === null || start === null ? null : { stop, start };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        keep: { type: 'boolean' },
        'skip-images': { type: 'boolean' },
        values: { type: 'string', multiple: true },
        from: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n${USAGE}`);
  }
}

/** The commands that stop and start the machine of a node of the cluster of `context`; null if there are none. */
export function machineCommands(
  context: string,
  given: ClusterOptions['nodeCommands'],
): ClusterOptions['nodeCommands'] {
  if (given !== null || !context.startsWith('kind-')) return given;
  return { stop: ['docker', 'stop', '--time', '0'], start: ['docker', 'start'] };
}

/** The command that loads images into the cluster of `context`; null if it pulls them from a registry. */
export function imageLoader(
  context: string,
  loadCommand: readonly string[] | null,
): readonly string[] | null {
  if (loadCommand !== null) return loadCommand;
  if (context.startsWith('kind-'))
    return ['kind', 'load', 'docker-image', '--name', context.slice('kind-'.length)];
  if (context === 'minikube') return ['minikube', 'image', 'load'];
  return null;
}
