import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { PROJECT } from '../project.ts';
import { type Engine, findEngine } from './engine.ts';
import {
  datedArguments,
  type ImageOptions,
  MAX_MEGABYTES,
  publishArguments,
  readArguments,
  reference,
} from './rules.ts';

interface Built {
  image: string;
  megabytes: number;
  seconds: number;
}

/** Builds the images named by the arguments and prints their sizes. Returns the exit code: 1 if an image is too large. */
export async function buildImages(args: readonly string[], say: (text: string) => void): Promise<number> {
  const { version } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const options = readArguments(args, version);
  const { revision, builtAt } = await currentRevision();
  if (options.platforms !== null) {
    const what = { version, revision, builtAt, more: options.builderArguments };
    await publishImages({ ...options, platforms: options.platforms }, what, say);
    return 0;
  }
  const engine = await findEngine();
  const built: Built[] = [];
  for (const name of options.names) {
    const image = reference(name, options);
    const began = Date.now();
    const more = [...datedArguments(engine, builtAt), ...options.builderArguments];
    await buildOne(engine, { name, image, version, revision, more });
    const megabytes = await sizeOf(engine, image);
    const seconds = (Date.now() - began) / 1000;
    built.push({ image, megabytes, seconds });
    say(`${image}  ${megabytes.toFixed(0)} MB  (${seconds.toFixed(0)} s)`);
  }
  const tooLarge = built.filter(({ megabytes }) => megabytes > MAX_MEGABYTES);
  if (tooLarge.length > 0) {
    say(`These images are larger than ${MAX_MEGABYTES} MB: ${tooLarge.map(({ image }) => image).join(', ')}`);
    return 1;
  }
  if (options.push) {
    for (const { image } of built) await execa(engine, ['push', image], { stdio: 'inherit' });
  }
  return 0;
}

/** Builds each image for all platforms with buildx, which pushes it, because only a registry can store one for several. */
async function publishImages(
  options: ImageOptions & { platforms: string },
  what: { version: string; revision: string; builtAt: number; more: readonly string[] },
  say: (text: string) => void,
): Promise<void> {
  const digests: Record<string, string> = {};
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  for (const name of options.names) {
    const image = reference(name, options);
    const metadata = join(folder, `${name}.json`);
    await execa('docker', publishArguments({ ...options, ...what, name, image, metadata }), {
      cwd: PROJECT,
      stdio: 'inherit',
    });
    const digest: string = JSON.parse(await readFile(metadata, 'utf8'))['containerimage.digest'];
    digests[name] = digest;
    say(`${image}  ${options.platforms}  ${digest}`);
  }
  if (options.digests !== null) {
    await mkdir(dirname(options.digests), { recursive: true });
    await writeFile(options.digests, `${JSON.stringify(digests, null, 2)}\n`);
  }
}

async function buildOne(
  engine: Engine,
  what: { name: string; image: string; version: string; revision: string; more: readonly string[] },
): Promise<void> {
  const { name, image, version, revision, more } = what;
  const result = await execa(
    engine,
    [
      'build',
      ...['--target', name, '--tag', image],
      ...['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${revision}`],
      ...more,
      '.',
    ],
    { cwd: PROJECT, reject: false, all: true },
  );
  if (result.exitCode !== 0) {
    const output = result.all.trim().split('\n').slice(-25).join('\n');
    throw new UserError(`${engine} could not build ${name}:\n${output}`);
  }
}

async function sizeOf(engine: Engine, image: string): Promise<number> {
  const { stdout } = await execa(engine, ['image', 'inspect', '--format', '{{.Size}}', image]);
  return Number(stdout) / 1_000_000;
}

/** The checked-out commit and its time in seconds since 1970, or `unknown` and now outside a Git repository. */
async function currentRevision(): Promise<{ revision: string; builtAt: number }> {
  const git = ['show', '--no-patch', '--format=%H %ct', 'HEAD'];
  const { stdout, exitCode } = await execa('git', git, { cwd: PROJECT, reject: false });
  if (exitCode !== 0) return { revision: 'unknown', builtAt: Math.floor(Date.now() / 1_000) };
  const [revision = '', time] = stdout.split(' ');
  return { revision, builtAt: Number(time) };
}
