import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { pageFont } from './subset-font.ts';

// Builds frontend/public from frontend/assets: every file named after its content's hash, with brotli and gzip versions
// beside it, and a manifest that maps source names to built ones.

const HOME = fileURLToPath(new URL('..', import.meta.url));
const ASSETS = join(HOME, 'assets');
const PUBLIC = join(HOME, 'public');

const startedAt = performance.now();
const work = mkdtempSync(join(tmpdir(), 'guichet-assets-'));
const fresh = `${PUBLIC}.new-${process.pid}`;
try {
  mkdirSync(fresh, { recursive: true });
  const manifest: Record<string, string> = {};
  const publish = (name: string, content: Buffer): void => {
    manifest[name] = write(fresh, name, content);
  };

  const inter = readFileSync(packaged('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'));
  publish('inter.woff2', await pageFont(inter, join(HOME, 'node_modules/.cache')));
  for (const drawing of ['favicon.svg', 'icons.svg']) publish(drawing, readFileSync(join(ASSETS, drawing)));
  // The stylesheet refers to the font's hashed name, so it comes second.
  publish('app.css', Buffer.from(styles().replaceAll('inter.woff2', manifest['inter.woff2'] ?? '')));
  for (const [name, script] of await scripts()) publish(name, script);
  writeFileSync(join(fresh, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);

  rmSync(PUBLIC, { recursive: true, force: true });
  renameSync(fresh, PUBLIC);
  const files = Object.keys(manifest).length;
  console.log(`${files} assets built in ${Math.round(performance.now() - startedAt)} ms`);
} finally {
  rmSync(work, { recursive: true, force: true });
  rmSync(fresh, { recursive: true, force: true });
}

function styles(): string {
  const output = join(work, 'app.css');
  const cli = packaged('@tailwindcss/cli/package.json').replace('package.json', 'dist/index.mjs');
  const run = spawnSync(process.execPath, [cli, '-i', join(ASSETS, 'styles.css'), '-o', output, '--minify'], {
    cwd: HOME,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`Tailwind failed:\n${run.stderr}`);
  return readFileSync(output, 'utf8');
}

async function scripts(): Promise<[name: string, content: Buffer][]> {
  const built = await build({
    entryPoints: [
      'app',
      'charts',
      'live-log',
      'try-it',
      'styleguide',
      'transfer',
      'passkeys',
      'removed-passkey',
    ].map((name) => join(ASSETS, `${name}.ts`)),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    outdir: work,
    write: false,
    logLevel: 'warning',
  });
  return built.outputFiles.map((file) => [file.path.split('/').at(-1) ?? '', Buffer.from(file.contents)]);
}

function write(directory: string, name: string, content: Buffer): string {
  const extension = extname(name);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const built = `${name.slice(0, -extension.length)}.${hash}${extension}`;
  writeFileSync(join(directory, built), content);
  if (extension !== '.woff2') {
    const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    writeFileSync(join(directory, `${built}.br`), brotliCompressSync(content, { params: quality }));
    writeFileSync(join(directory, `${built}.gz`), gzipSync(content, { level: 9 }));
  }
  return built;
}

/** The path of a file in an npm package. */
function packaged(path: string): string {
  let directory = HOME;
  for (;;) {
    const candidate = join(directory, 'node_modules', path);
    try {
      readFileSync(candidate);
      return candidate;
    } catch {
      const parent = dirname(directory);
      if (parent === directory) throw new Error(`${path} is not installed: run npm install`);
      directory = parent;
    }
  }
}
