import { execFile } from 'node:child_process';
import { glob, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '@guichet/cli';
import test from 'ava';
import { parse } from 'yaml';
import { PROJECT } from '../project.ts';
import { dropCompiled } from './drop-compiled.ts';
import { datedArguments, IMAGES, publishArguments, readArguments, reference } from './rules.ts';

test('without arguments every image is built with the name that the chart uses', (t) => {
  const options = readArguments([], '1.2.3');
  t.deepEqual(options.names, IMAGES);
  t.is(reference('auth', options), 'ghcr.io/guichet-bank/guichet-auth:1.2.3');
});

test('names, tag and registry can be set, and arguments after -- go to the builder unchanged', (t) => {
  const options = readArguments(
    ['auth', '--tag', 'dev', '--registry', 'localhost/', '--', '--no-cache'],
    '1.2.3',
  );
  t.is(reference('auth', options), 'localhost/guichet-auth:dev');
  t.deepEqual(options.names, ['auth']);
  t.deepEqual(options.builderArguments, ['--no-cache']);
});

test('an unknown argument is a UserError', (t) => {
  t.throws(() => readArguments(['atuh'], '1.2.3'), { instanceOf: UserError, message: /no image "atuh"/ });
  t.throws(() => readArguments(['--tagg', 'x'], '1.2.3'), { instanceOf: UserError, message: /--tagg/ });
});

test('images for several platforms are pushed with an SBOM and their provenance, and only pushed', (t) => {
  const options = readArguments(
    ['--push', '--platforms', 'linux/amd64,linux/arm64', '--digests', 'd.json'],
    '1.2.3',
  );
  t.like(options, { push: true, platforms: 'linux/amd64,linux/arm64', digests: 'd.json' });
  t.throws(() => readArguments(['--platforms', 'linux/arm64'], '1.2.3'), { message: /add --push/ });
  t.throws(() => readArguments(['--push', '--digests', 'd.json'], '1.2.3'), { message: /needs --platforms/ });
  const names = {
    name: 'auth',
    image: 'r/auth:1',
    metadata: 'm.json',
    version: '1',
    revision: 'abc',
    builtAt: 1_700_000_000,
    more: [],
  };
  const args = publishArguments({ ...names, platforms: 'linux/amd64,linux/arm64' });
  t.is(args.slice(0, 4).join(' '), 'buildx build --platform linux/amd64,linux/arm64');
  for (const one of ['--sbom=true', '--provenance=mode=max']) t.true(args.includes(one), one);
  // All times in the image are that of the commit.
  t.true(args.includes('SOURCE_DATE_EPOCH=1700000000'));
  t.is(args[args.indexOf('--output') + 1], 'type=registry,rewrite-timestamp=true');
  t.deepEqual(datedArguments('podman', 1_700_000_000), ['--timestamp', '1700000000']);
});

test('an image keeps what two runs of a service leave equally in the compile cache: no compiled code', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'cache-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'service.mts');
  const program = `const greeting: string = 'bonjour';\nexport const greet = (): string => greeting;\ngreet();\n`;
  await writeFile(file, program);
  const cacheAfter = async (name: string) => {
    const cache = join(folder, name);
    await promisify(execFile)(process.execPath, [file], { env: { NODE_COMPILE_CACHE: cache } });
    t.deepEqual(await dropCompiled(cache), { kept: 1, dropped: 1 });
    const [only] = (await readdir(cache, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    return readFile(join(only?.parentPath ?? '', only?.name ?? ''), 'utf8');
  };
  const kept = await cacheAfter('one');
  t.true(kept.includes("greeting         = 'bonjour'"));
  t.is(await cacheAfter('two'), kept);
});

test('every image with a service drops the compiled code', async (t) => {
  const stages = (await readFile(join(PROJECT, 'Dockerfile'), 'utf8')).split(/^FROM /m);
  for (const name of IMAGES.filter((one) => one !== 'jobs')) {
    const stage = stages.find((text) => text.startsWith(`process AS ${name}\n`)) ?? '';
    const runs = stage.replaceAll('\\\n', '').match(/^RUN .*\bnode .*$/gm) ?? [];
    t.is(runs.length, 1, name);
    t.regex(runs[0] ?? '', / node \/tools\/drop-compiled\.ts \.cache\/node$/, name);
  }
});

test('skaffold builds every image and passes each to the chart', async (t) => {
  const skaffold = parse(await readFile(join(PROJECT, 'skaffold.yaml'), 'utf8'));
  const artifacts: { image: string; docker: { target: string } }[] = skaffold.build.artifacts;
  t.deepEqual(
    artifacts.map(({ docker }) => docker.target),
    [...IMAGES],
  );
  t.deepEqual(
    artifacts.map(({ image }) => image),
    IMAGES.map((name) => `guichet-${name}`),
  );
  const [release] = skaffold.deploy.helm.releases;
  t.deepEqual(
    Object.keys(release.setValueTemplates),
    IMAGES.map((name) => `images.references.${name}`),
  );
});

test('every image is a target of the Dockerfile that runs as user 1000 with node as process 1', async (t) => {
  const stages = (await readFile(join(PROJECT, 'Dockerfile'), 'utf8')).split(/^FROM /m);
  for (const name of IMAGES) {
    const stage = stages.find((text) => text.startsWith(`process AS ${name}\n`)) ?? '';
    t.regex(stage, /^USER 1000:1000$/m, name);
    t.regex(stage, /^ENTRYPOINT \["node"/m, name);
  }
});

test('the images share one layer without npm, the package manager and documentation, in which deleted files take no room', async (t) => {
  const text = await readFile(join(PROJECT, 'Dockerfile'), 'utf8');
  const stages = text.split(/^FROM /m);
  const trimmed = stages.find((stage) => stage.startsWith('node AS trimmed\n')) ?? '';
  for (const path of ['/usr/local/lib/node_modules', '/usr/bin/apt*', '/usr/share/doc'])
    t.true(trimmed.includes(` ${path} `), path);
  t.regex(text, /^FROM scratch AS process\nCOPY --from=trimmed \/ \/\n/m);
});

test('guichet-admin is in the PATH of the image of auth, from a file that can be executed', async (t) => {
  const stages = (await readFile(join(PROJECT, 'Dockerfile'), 'utf8')).split(/^FROM /m);
  const stage = stages.find((text) => text.startsWith('process AS auth\n')) ?? '';
  t.regex(stage, /^RUN ln -s \/app\/services\/auth\/bin\/guichet-admin \/usr\/local\/bin\/$/m);
  const link = join(await mkdtemp(join(tmpdir(), 'bin-')), 'guichet-admin');
  await symlink(join(PROJECT, 'services/auth/bin/guichet-admin'), link);
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const { stdout } = await promisify(execFile)(link, ['--help'], { env });
  t.regex(stdout, /^Usage: guichet-admin keys/);
});

/** Everything that npm installs for a workspace, through the packages of the project. */
async function installedFor(folder: string, seen = new Set<string>()): Promise<Set<string>> {
  const { dependencies = {} } = JSON.parse(await readFile(join(PROJECT, folder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (name.startsWith('@guichet/'))
      await installedFor(join('packages', name.slice('@guichet/'.length)), seen);
  }
  return seen;
}

test('the images of frontend, mailer and jobs contain no database driver, and that of jobs no web server', async (t) => {
  const database = ['knex', 'mysql2', '@guichet/database'];
  const web = ['koa', 'undici', '@guichet/http'];
  const absent = {
    frontend: database,
    'services/mailer': database,
    jobs: [...database, ...web],
  };
  for (const [workspace, names] of Object.entries(absent)) {
    const installed = await installedFor(workspace);
    t.true(installed.has('@guichet/process'), workspace);
    for (const name of names) t.false(installed.has(name), `${workspace}: ${name}`);
  }
  t.true((await installedFor('services/auth')).has('knex'));
});

test('every package that jobs imports is one of its dependencies', async (t) => {
  const jobs = join(PROJECT, 'jobs');
  const { dependencies } = JSON.parse(await readFile(join(jobs, 'package.json'), 'utf8'));
  const files: string[] = [];
  for await (const file of glob('src/commands/*.ts', { cwd: jobs })) files.push(file);
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    for (const [, type, name = ''] of text.matchAll(
      /^(?:import|export)( type)?\s(?:[^'";]*?\sfrom )?'([^']+)';/gm,
    )) {
      if (type !== undefined || name.startsWith('node:')) continue;
      if (name.startsWith('.')) await visit(join(dirname(file), name));
      else
        t.true(
          name
            .split('/')
            .slice(0, name.startsWith('@') ? 2 : 1)
            .join('/') in dependencies,
          `${file}: ${name}`,
        );
    }
  };
  for (const file of files) await visit(join(jobs, file));
  t.true(seen.size > files.length);
});
