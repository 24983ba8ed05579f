import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { DATABASE_SERVICES } from '@guichet/contract';
import { findEngine, IMAGES, PROJECT, REGISTRY, reference } from '@guichet/tools';
import { execa } from 'execa';
import { EXPAND } from '../next-release.ts';
import { imageLoader } from './options.ts';
import type { ScenarioContext } from './scenario.ts';

const MIGRATION = '9001-expand-next-release.ts';

/** The files of a commit of this repository. @throws UserError if there is no such commit */
export async function checkOut(commit: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const archive = execa('git', ['archive', commit], { cwd: PROJECT, encoding: 'buffer', reject: false });
  await archive.pipe('tar', ['--extract', '--directory', folder], { reject: false });
  const { failed, stderr } = await archive;
  if (failed) throw new UserError(`The commit ${commit} can't be read: ${Buffer.from(stderr)}`);
}

/** Builds the images of all tags from those of this version, and those of the commit in `previousCommit`, and loads them into the cluster. */
export async function loadImages(
  { kube, options, tags }: ScenarioContext,
  previousCommit: string,
  say: (text: string) => void,
): Promise<void> {
  const loader = imageLoader(kube.context, options.loadCommand);
  if (loader === null) {
    return say(
      'Images: this cluster pulls them from the registry (set GUICHET_IMAGE_LOAD to a command that loads them instead).',
    );
  }
  const engine = await findEngine();
  const tagged = (tag: string): string[] =>
    IMAGES.map((name) => reference(name, { registry: REGISTRY, tag }));
  await buildNext(engine, tags);
  const images = [...tagged(tags.first), ...tagged(tags.second)];
  if (options.from !== null) {
    const began = Date.now();
    for (const name of IMAGES) {
      const image = reference(name, { registry: REGISTRY, tag: tags.previous });
      const arguments_ = [
        'build',
        '--target',
        name,
        '--tag',
        image,
        '--build-arg',
        `REVISION=${options.from}`,
      ];
      await execa(engine, [...arguments_, '.'], { cwd: previousCommit });
      images.push(image);
    }
    say(`Images of ${options.from} built in ${((Date.now() - began) / 1000).toFixed(0)} s.`);
  }
  const began = Date.now();
  const [program = '', ...args] = loader;
  await execa(program, [...args, ...images]);
  say(
    `Images: ${images.length} loaded by ${loader.join(' ')} in ${((Date.now() - began) / 1000).toFixed(0)} s.`,
  );
}

/** Builds the images of a next release: the same, with one more migration of each schema. */
async function buildNext(engine: string, tags: { first: string; second: string }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-next-'));
  try {
    await writeFile(join(folder, MIGRATION), EXPAND);
    for (const name of DATABASE_SERVICES) {
      const grants = await readFile(join(PROJECT, 'services', name, 'src', 'grants.ts'), 'utf8');
      await writeFile(join(folder, `${name}-grants.ts`), withTable(grants));
    }
    for (const name of IMAGES) {
      const image = reference(name, { registry: REGISTRY, tag: tags.first });
      const next = reference(name, { registry: REGISTRY, tag: tags.second });
      const hasSchema = (DATABASE_SERVICES as readonly string[]).includes(name);
      const steps = [
        `FROM ${image}`,
        ...(hasSchema
          ? [
              `COPY --chmod=644 ${MIGRATION} services/${name}/migrations/`,
              `COPY --chmod=644 ${name}-grants.ts services/${name}/src/grants.ts`,
            ]
          : []),
        'LABEL org.guichet.cluster-test=next',
      ];
      await writeFile(join(folder, 'Dockerfile'), `${steps.join('\n')}\n`);
      const args = ['build', '--tag', next, '.'];
      const built = await execa(engine, args, { cwd: folder, reject: false, all: true });
      if (built.exitCode !== 0)
        throw new UserError(
          `${next} can't be built from ${image} (npm run images builds that): ${built.all}`,
        );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The text of a service's grants with the table that the migration creates. */
function withTable(grants: string): string {
  const opened = 'GRANTS: TableGrants = {\n';
  if (!grants.includes(opened)) throw new Error('grants.ts has another form than this test expects');
  return grants.replace(opened, `${opened}  next_release: ['INSERT'],\n`);
}
