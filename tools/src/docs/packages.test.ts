import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT } from '../project.ts';

const PACKAGES = join(PROJECT, 'packages');

interface Manifest {
  description: string;
  dependencies?: Record<string, string>;
}

test('the index has a line for each package: its description, and the packages that it uses', async (t) => {
  const folders = (await readdir(PACKAGES, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const lines = await Promise.all(folders.map(({ name }) => lineOf(name)));
  const index = await readFile(join(PACKAGES, 'README.md'), 'utf8');
  t.deepEqual(
    index.split('\n').filter((line) => line.startsWith('| [')),
    lines.sort(),
  );
});

async function lineOf(name: string): Promise<string> {
  const manifest = await readFile(join(PACKAGES, name, 'package.json'), 'utf8');
  const { description, dependencies = {} } = JSON.parse(manifest) as Manifest;
  const used = Object.keys(dependencies).flatMap((dependency) => dependency.split('@guichet/')[1] ?? []);
  return `| [${name}](${name}/README.md) | ${description} | ${used.join(', ') || '–'} |`;
}
