import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';
import { SERVICES } from '@guichet/contract';

/** The targets of the Dockerfile that are images. */
export const IMAGES = [...SERVICES, 'jobs'] as const;
export type ImageName = (typeof IMAGES)[number];

/** The default of the chart. */
export const REGISTRY = 'ghcr.io/guichet-bank';
export const MAX_MEGABYTES = 250;

export interface ImageOptions {
  names: readonly ImageName[];
  registry: string;
  tag: string;
  push: boolean;
  /** Such as `linux/amd64,linux/arm64`: the images are built for all of them and pushed with an SBOM and their provenance. */
  platforms: string | null;
  /** The file that gets the digests of the pushed images, by their names. */
  digests: string | null;
  /** Passed unchanged to the engine's build command. */
  builderArguments: readonly string[];
}

/** `[NAME…] [--tag TAG] [--registry REGISTRY] [--push [--platforms LIST] [--digests FILE]] [-- BUILDER-ARGUMENTS]` @throws UserError for an unknown argument */
export function readArguments(args: readonly string[], version: string): ImageOptions {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  const { values, positionals } = parse(own);
  const unknown = positionals.find((name) => !isImage(name));
  if (unknown !== undefined) {
    throw new UserError(`There is no image "${unknown}". Images: ${IMAGES.join(', ')}.`);
  }
  if ((values.platforms ?? values.digests) !== undefined && !values.push) {
    throw new UserError('--platforms and --digests are for images that are pushed: add --push.');
  }
  if (values.digests !== undefined && values.platforms === undefined) {
    throw new UserError('--digests needs --platforms.');
  }
  return {
    names: positionals.length === 0 ? IMAGES : positionals.filter(isImage),
    registry: (values.registry ?? REGISTRY).replace(/\/+$/, ''),
    tag: values.tag ?? version,
    push: values.push ?? false,
    platforms: values.platforms ?? null,
    digests: values.digests ?? null,
    builderArguments: end === -1 ? [] : args.slice(end + 1),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        tag: { type: 'string' },
        registry: { type: 'string' },
        push: { type: 'boolean' },
        platforms: { type: 'string' },
        digests: { type: 'string' },
      },
    });
  } catch (error) {
    throw new UserError(
      `${(error as Error).message}. Usage: npm run images -- [NAME…] [--tag TAG] [--registry REGISTRY] [--push [--platforms LIST] [--digests FILE]]`,
    );
  }
}

function isImage(name: string): name is ImageName {
  return (IMAGES as readonly string[]).includes(name);
}

/** An image's full name, for example `ghcr.io/guichet-bank/guichet-auth:0.1.0`. */
export function reference(
  name: ImageName,
  { registry, tag }: Pick<ImageOptions, 'registry' | 'tag'>,
): string {
  return `${registry}/guichet-${name}:${tag}`;
}

/**
 * The arguments that date everything in an image, so that two builds of the same commit give the same image. With docker, only what is pushed: its local store keeps the times of files.
 * @param builtAt seconds since 1970
 */
export function datedArguments(engine: 'docker' | 'podman', builtAt: number): string[] {
  return engine === 'podman'
    ? ['--timestamp', `${builtAt}`]
    : ['--build-arg', `SOURCE_DATE_EPOCH=${builtAt}`];
}

/** The arguments with which docker builds and pushes an image for several platforms. */
export function publishArguments(what: {
  name: string;
  image: string;
  platforms: string;
  metadata: string;
  version: string;
  revision: string;
  builtAt: number;
  more: readonly string[];
}): string[] {
  return [
    ...['buildx', 'build', '--platform', what.platforms, '--target', what.name, '--tag', what.image],
    ...['--build-arg', `VERSION=${what.version}`, '--build-arg', `REVISION=${what.revision}`],
    ...datedArguments('docker', what.builtAt),
    ...['--output', 'type=registry,rewrite-timestamp=true'],
    ...['--sbom=true', '--provenance=mode=max', '--metadata-file', what.metadata],
    ...what.more,
    '.',
  ];
}
