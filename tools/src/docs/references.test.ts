import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { PROJECT } from '../project.ts';
import { anchorsOf, brokenReferences } from './references.ts';

const IGNORED = new Set(['node_modules', '.git', '.guichet', 'public']);
const entries = new Set<string>();
for await (const entry of glob('**', {
  cwd: PROJECT,
  exclude: (name) => IGNORED.has(name.split('/').at(-1) ?? ''),
}))
  entries.add(entry);
const pages = new Map(
  await Promise.all(
    [...entries]
      .filter((entry) => entry.endsWith('.md'))
      .map(async (path) => [path, await readFile(join(PROJECT, path), 'utf8')] as const),
  ),
);

test('every path and link of every page leads to something', (t) => {
  t.true(pages.size > 60);
  const broken = [...pages].flatMap(([path, text]) =>
    brokenReferences({ path, text }, entries, pages).map((reference) => `${path}: ${reference}`),
  );
  t.deepEqual(broken, []);
});

test('a path that does not exist is reported, wherever it is in code', (t) => {
  const some = new Set(['docs', 'docs/a.md', 'tools', 'tools/src', 'tools/src/a.ts', 'tools/README.md']);
  const broken = (text: string, path = 'docs/a.md') =>
    brokenReferences({ path, text }, some, new Map([['docs/a.md', '# One, two\n\n# One, two\n']]));
  t.deepEqual(
    broken('`tools/src/a.ts`, `tools/src/`, `a.ts`, `tools/<part>/*.ts`, `tools/{src,b}/a.ts`'),
    [],
  );
  t.deepEqual(broken('`src/a.ts`, `src/b.ts`', 'tools/README.md'), ['src/b.ts']);
  t.deepEqual(broken('`/api/users`, `image/png`, `log.ts.x`, `@guichet/x`, `.ts`'), []);
  t.deepEqual(broken('`tools/b.ts`, `b.ts`, `tools/<part>/*.md`'), [
    'tools/b.ts',
    'b.ts',
    'tools/<part>/*.md',
  ]);
  t.deepEqual(broken('```sh\nnode tools/b.ts\n```'), ['tools/b.ts']);
  t.deepEqual(broken('    node tools/b.ts'), ['tools/b.ts']);
  t.deepEqual(broken('[x](a.md#one-two-1) [y](../tools) [z](https://example.org/) [q](#one-two)'), []);
  t.deepEqual(broken('[x](a.md#three) [y](b.md) [z](#two)'), ['a.md#three', 'b.md', '#two']);
});

test('anchors are those of GitHub', (t) => {
  t.deepEqual(
    [...anchorsOf('# A `b_c`, [d](e.md): f-g\n```sh\n# no heading\n```\n## Été 2\n')],
    ['a-b_c-d-f-g', 'été-2'],
  );
});
