import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';

export interface ClusterOptions {
  /** Of which scenarios; empty is all. */
  wanted: readonly string[];
  /** Made and removed by the test; it must not exist before, unless `keep` was used. */
  namespace: string;
  release: string;
  /** Given to every helm command. */
  valuesFiles: readonly string[];
  /** A command that brings images into the cluster; the images follow as its arguments. */
  loadCommand: readonly string[] | null;
  /** Leaves the bank installed at the end, and takes one that is there at the beginning. */
  keep: boolean;
  /** The images are in the cluster, under both tags. */
  skipImages: boolean;
}

export const USAGE = `npm run test:cluster -- [SCENARIO…] [--keep] [--skip-images] [--values FILE]…
By environment: GUICHET_NAMESPACE (guichet-test), GUICHET_RELEASE (guichet), GUICHET_IMAGE_LOAD (a command that images are given to;
kind and minikube are known).`;

/** @throws UserError at a word it does not know */
export function readOptions(words: readonly string[], environment: NodeJS.ProcessEnv): ClusterOptions {
  const { values, positionals } = parse(words);
  return {
    wanted: positionals,
    namespace: environment.GUICHET_NAMESPACE || 'guichet-test',
    release: environment.GUICHET_RELEASE || 'guichet',
    valuesFiles: values.values ?? [],
    loadCommand: environment.GUICHET_IMAGE_LOAD?.trim().split(/\s+/) ?? null,
    keep: values.keep ?? false,
    skipImages: values['skip-images'] ?? false,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        keep: { type: 'boolean' },
        'skip-images': { type: 'boolean' },
        values: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n${USAGE}`);
  }
}

/** How images come into the cluster that `context` names; null where it pulls them itself. */
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
