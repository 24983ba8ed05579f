import { cp, glob, mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';

// Runs in an image build with nothing but Node: node tools/src/images/assemble.ts services/auth /image/app

// npm installs these as optional peer dependencies; nothing needs them at run time.
const COMPILERS = new Set(['typescript', '@typescript', '@types']);
/** Files of an installed package that a service never needs: types, source maps, documentation, tests, browser builds and dotfiles. */
const NEVER_RUN = [
  /\.([cm]?ts|tsx|map|md|markdown|flow|png|ico)$/i,
  /^(tests?|__tests__)$/,
  /^(amd|cjs-browser)$|(^|\.)(browser|standalone)[.-]/,
  /^\.(?!package-lock)./,
];

const [workspace, target] = process.argv.slice(2);
if (workspace === undefined || target === undefined) throw new Error('Usage: assemble.ts WORKSPACE TARGET');
await assemble(process.cwd(), workspace, resolve(target));

/**
 * Copies what `workspace` needs to run to `target`, in the layout of `root`: its installed packages, the workspaces they link to, and its
 * own files, without tests, types, source maps and the sources of browser bundles.
 */
async function assemble(root: string, workspace: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const links = join(root, 'node_modules', '@guichet');
  const linked = await Promise.all((await readdir(links)).map((name) => realpath(join(links, name))));
  const source = await sourceOf(join(root, workspace));
  // The root's package.json contains the version.
  const folders = ['package.json', 'node_modules', workspace, ...linked.map((path) => relative(root, path))];
  for (const folder of new Set(folders)) {
    await cp(join(root, folder), join(target, folder), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => isNeeded(relative(root, path), source),
    });
  }
  // Only npm uses these.
  await rm(join(target, 'node_modules', '.package-lock.json'), { force: true });
  await rm(join(target, 'node_modules', '.bin'), { recursive: true, force: true });
}

async function sourceOf(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: folder }))
    texts.push(await readFile(join(folder, file), 'utf8'));
  return texts.join('\n');
}

/** A font family needs only the files that our code names. A family that is split into subsets needs all of them, because the text decides. */
function isNeeded(path: string, source: string): boolean {
  const name = basename(path);
  const folders = path.split(sep);
  if (folders.includes('node_modules')) {
    if (/\.(ttf|otf|woff2?)$/i.test(name)) {
      const isSubset =
        folders[1] === '@fontsource-variable' && source.includes(`'${folders[1]}/${folders[2]}'`);
      return isSubset ? /-wght-normal\.woff2$/.test(name) : source.includes(name.replace(/\.\w+$/, ''));
    }
    return !COMPILERS.has(folders[1] ?? '') && !NEVER_RUN.some((pattern) => pattern.test(name));
  }
  if (/^frontend[/\\](assets|bench|src[/\\](testing|build-assets\.ts))/.test(path)) return false;
  if (/^services[/\\]mailer[/\\]src[/\\]previews[/\\]/.test(path)) return false;
  if (/^services[/\\]accounts[/\\]src[/\\]model[/\\]/.test(path)) return false;
  return !/((\.test|fixtures?)\.ts|\.md)$/.test(name);
}
