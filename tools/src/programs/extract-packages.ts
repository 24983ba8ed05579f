import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';

export interface ExtractOptions {
  /** Packages that are extracted with what they depend on and this machine doesn't have. */
  withDependencies: readonly string[];
  /** Packages of which only the files are needed. */
  alone?: readonly string[];
  /** More settings of apt. */
  settings?: Readonly<Record<string, string>>;
}

/**
 * Downloads Debian packages and extracts their files to `root/` in the folder, without installing anything: no root is needed, and no service
 * is started.
 * @throws UserError that names `what` could not be downloaded
 */
export async function extractPackages(what: string, folder: string, options: ExtractOptions): Promise<void> {
  const [root, lists, archives] = ['root', 'lists', 'archives'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [root, join(lists, 'partial'), join(archives, 'partial')])
    await mkdir(each, { recursive: true });
  const settings = {
    ...options.settings,
    'Dir::State::Lists': lists,
    'Dir::Cache': folder,
    'Dir::Cache::Archives': archives,
    'Debug::NoLocking': 'true',
    'APT::Sandbox::User': '',
  };
  const apt = (...args: string[]): Promise<void> =>
    run(
      what,
      'apt-get',
      [...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]), '-qq', ...args],
      archives,
    );
  await apt('update');
  const { withDependencies, alone = [] } = options;
  await apt(
    'install',
    '-y',
    '--download-only',
    '--reinstall',
    '--no-install-recommends',
    ...withDependencies,
  );
  if (alone.length > 0) await apt('download', ...alone);
  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) await run(what, 'dpkg-deb', ['-x', join(archives, file), root], archives);
  }
  for (const each of [lists, archives]) await rm(each, { recursive: true, force: true });
}

/** The same, so that the folder is either complete or missing. Several may do it at once, also threads of one process; all use what the first one extracted. */
export async function extractWhole(what: string, folder: string, options: ExtractOptions): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.`);
  try {
    await extractPackages(what, unfinished, options);
    // Fails if another one was faster.
    await rename(unfinished, folder).catch(() => undefined);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function run(what: string, command: string, args: readonly string[], cwd: string): Promise<void> {
  const { exitCode, all } = await execa(command, args, {
    reject: false,
    all: true,
    cwd,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (exitCode !== 0) throw new UserError(`${what} could not be downloaded (${command}):\n${all}`);
}

/** The folder of the libraries of extracted packages. */
export async function libraryFolder(root: string): Promise<string> {
  const folders = await readdir(join(root, 'usr', 'lib'));
  return join(root, 'usr', 'lib', folders.find((name) => name.endsWith('-linux-gnu')) ?? '');
}
