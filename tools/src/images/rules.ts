import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';
import { SERVICES } from '@guichet/contract';

/** The targets of the Dockerfile that are images. */
export const IMAGES = [...SERVICES, 'jobs'] as const;
export type ImageName = (typeof IMAGES)[number];

/** The chart's own default. */
export const REGISTRY = 'ghcr.io/guichet-bank';
export const MOST_MEGABYTES = 350;

export interface ImageOptions {
  names: readonly ImageName[];
  registry: string;
  tag: string;
  push: boolean;
  /** Passed on to the engine's build as they stand. */
  builderArguments: readonly string[];
}

/** `[NAME…] [--tag TAG] [--registry REGISTRY] [--push] [-- BUILDER-ARGUMENTS]` @throws UserError at a word it does not know */
export function readArguments(words: readonly string[], version: string): ImageOptions {
  const end = words.indexOf('--');
  const own = end === -1 ? words : words.slice(0, end);
  const { values, positionals } = parse(own);
  const unknown = positionals.find((name) => !isImage(name));
  if (unknown !== undefined) {
    throw new UserError(`There is no image "${unknown}". There are: ${IMAGES.join(', ')}.`);
  }
  return {
    names: positionals.length === 0 ? IMAGES : positionals.filter(isImage),
    registry: (values.registry ?? REGISTRY).replace(/\/+$/, ''),
    tag: values.tag ?? version,
    push: values.push ?? false,
    builderArguments: end === -1 ? [] : words.slice(end + 1),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { tag: { type: 'string' }, registry: { type: 'string' }, push: { type: 'boolean' } },
    });
  } catch (error) {
    throw new UserError(
      `${(error as Error).message}. Usage: npm run images -- [NAME…] [--tag TAG] [--registry REGISTRY] [--push]`,
    );
  }
}

function isImage(name: string): name is ImageName {
  return (IMAGES as readonly string[]).includes(name);
}

/** Where an image lies: `ghcr.io/guichet-bank/guichet-auth:0.1.0`. */
export function reference(
  name: ImageName,
  { registry, tag }: Pick<ImageOptions, 'registry' | 'tag'>,
): string {
  return `${registry}/guichet-${name}:${tag}`;
}
