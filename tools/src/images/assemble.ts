import { cp, glob, mkdir, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';

// Runs inside an image's build, before anything but Node is there: node tools/src/images/assemble.ts services/auth /image/app

// Types and their compiler, which npm installs as the optional peer of a package that can do without.
const COMPILERS = new Set(['typescript', '@typescript', '@types']);
/** Of an installed package: types and TypeScript, maps, words and pictures for people, tests, what is for browsers, and its authors' own tools. */
const NEVER_RUN = [
  /\.([cm]?ts|tsx|map|md|markdown|flow|png|ico)$/i,
  /^(tests?|__tests__)$/,
  /^(amd|cjs-browser)$|(^|\.)(browser|standalone)[.-]/,
  /^\.(?!package-lock)./,
];

const [workspace, target] = process.argv.slice(2);
if (workspace === undefined || target === undefined) throw new Error('usage: assemble.ts WORKSPACE TARGET');
await assemble(process.cwd(), workspace, resolve(target));

/**
 * Copies to `target` what `workspace` needs to run, in the layout of `root`: the packages that npm installed for it, the
 * workspaces they link to, and its own files; without tests, types, maps and what a browser bundle was made from.
 */
async function assemble(root: string, workspace: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const links = join(root, 'node_modules', '@guichet');
  const linked = await Promise.all((await readdir(links)).map((name) => realpath(join(links, name))));
  const words = await sourceOf(join(root, workspace));
  // The release stands in package.json.
  const folders = ['package.json', 'node_modules', workspace, ...linked.map((path) => relative(root, path))];
  for (const folder of new Set(folders)) {
    await cp(join(root, folder), join(target, folder), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => isNeeded(relative(root, path), words),
    });
  }
  // npm's notes to itself.
  await rm(join(target, 'node_modules', '.package-lock.json'), { force: true });
  await rm(join(target, 'node_modules', '.bin'), { recursive: true, force: true });
}

async function sourceOf(folder: string): Promise<string> {
  const texts: string[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: folder }))
    texts.push(await readFile(join(folder, file), 'utf8'));
  return texts.join('\n');
}

/** A font family needs only the files that our code names, but a family in slices needs all, because the text selects them. */
function isNeeded(path: string, words: string): boolean {
  const name = basename(path);
  const folders = path.split(sep);
  if (folders.includes('node_modules')) {
    if (/\.(ttf|otf|woff2?)$/i.test(name)) {
      const isSlice =
        folders[1] === '@fontsource-variable' && words.includes(`'${folders[1]}/${folders[2]}'`);
      return isSlice ? /-wght-normal\.woff2$/.test(name) : words.includes(name.replace(/\.\w+$/, ''));
    }
    return !COMPILERS.has(folders[1] ?? '') && !NEVER_RUN.some((pattern) => pattern.test(name));
  }
  if (/^frontend[/\\](assets|bench|src[/\\](testing|build-assets\.ts))/.test(path)) return false;
  if (/^services[/\\]accounts[/\\]src[/\\]model[/\\]/.test(path)) return false;
  return !/((\.test|fixtures?)\.ts|\.md)$/.test(name);
}
