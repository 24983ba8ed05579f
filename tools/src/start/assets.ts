import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { CACHE, PROJECT } from '../project.ts';

const FRONTEND = join(PROJECT, 'frontend');
const BUILT = join(FRONTEND, 'public');
const STAMP = join(CACHE, 'frontend-built');
/** The sources of the pages' styles and scripts. Tailwind also reads the class names in views and pages. */
const SOURCES = ['assets', 'views', 'src', 'package.json'];

/** Builds the browser's styles and scripts if they are missing or their sources have changed. */
export async function buildAssets(say: (text: string) => void): Promise<void> {
  const wanted = await fingerprint();
  const built = await readFile(STAMP, 'utf8').catch(() => '');
  if (existsSync(BUILT) && built === wanted) return;
  const began = Date.now();
  const result = await execa('npm', ['run', 'build', '--silent', '--workspace', 'frontend'], {
    cwd: PROJECT,
    reject: false,
    all: true,
  });
  if (result.exitCode !== 0)
    throw new UserError(`The pages' styles and scripts could not be built:\n${result.all}`);
  await mkdir(CACHE, { recursive: true });
  await writeFile(STAMP, wanted);
  say(`Built the pages' styles and scripts in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of await filesIn(join(FRONTEND, source))) {
      const { mtimeMs, size } = await stat(file);
      hash.update(`${file} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex');
}

async function filesIn(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
