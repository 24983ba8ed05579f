import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '@guichet/cli';
import { execa } from 'execa';
import { extractPackages, libraryFolder } from './extract-packages.ts';
import { findProgram } from './find.ts';

/** Debian's own archive, and neither its security updates nor another one. */
const ARCHIVE = ['Created-By: Packages', 'Origin: Debian', 'Label: Debian', 'Component: main'];

/** A program in a package of Debian sid. */
interface SidProgram {
  /** What people call it. */
  what: string;
  package: string;
  /** Its path in the package, without the first slash. */
  program: string;
  /** Arguments after those of the caller, for the folder that the package is extracted to. */
  more?: (root: string) => readonly string[];
}

/** Whether this machine can download packages of Debian: it has apt and its tools. */
export function hasDebianTools(): boolean {
  return findProgram(['apt-get']) !== null && findProgram(['dpkg-deb']) !== null;
}

/**
 * Downloads a program of Debian sid with everything that it needs, extracts that to `folder`, and writes a script that starts it to `script`. Nothing is installed, and no root
 * is needed. The program runs with the libraries that it was built for, because those of this machine may be older.
 * @throws UserError if it could not be downloaded
 */
export async function extractSidProgram(of: SidProgram, folder: string, script: string): Promise<void> {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await extract(of, unfinished);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
  const root = join(folder, 'root');
  await mkdir(dirname(script), { recursive: true });
  await writeFile(`${script}.new`, startScript(of, root, await libraryFolder(root)));
  await chmod(`${script}.new`, 0o755);
  await rename(`${script}.new`, script);
}

async function extract({ what, package: name }: SidProgram, folder: string): Promise<void> {
  const sources = join(folder, 'sid.list');
  // As on a machine without any package, so that everything it needs is downloaded.
  const status = join(folder, 'status');
  const mirror = await mirrorOf(what);
  await mkdir(folder, { recursive: true });
  await writeFile(
    sources,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} sid main\n`,
  );
  await writeFile(status, '');
  await extractPackages(what, folder, {
    withDependencies: [name],
    settings: {
      'Dir::Etc::SourceList': sources,
      'Dir::Etc::SourceParts': '-',
      'Dir::Etc::Preferences': '-',
      'Dir::Etc::PreferencesParts': '-',
      'Dir::State::status': status,
    },
  });
}

/** The mirror that this machine installs Debian's packages from. A new machine doesn't know what its mirrors have before its first update. */
async function mirrorOf(what: string): Promise<string> {
  const mirror = (await knownMirror()) ?? ((await updatePackageLists()) ? await knownMirror() : undefined);
  if (mirror === undefined)
    throw new UserError(
      `${what} could not be downloaded: apt has no mirror of Debian, with its package lists.`,
    );
  return mirror;
}

async function knownMirror(): Promise<string | undefined> {
  const { stdout } = await execa('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...ARCHIVE], {
    reject: false,
  });
  return (stdout ?? '').split('\n').find((line) => line !== '');
}

/** @returns whether it was possible: it needs root */
async function updatePackageLists(): Promise<boolean> {
  const { exitCode } = await execa('apt-get', ['-qq', 'update'], { reject: false });
  return exitCode === 0;
}

/** With the extracted C library's own loader. */
function startScript({ program, more }: SidProgram, root: string, libraries: string): string {
  const added = more?.(root).map((argument) => ` "${argument}"`) ?? [];
  return `#!/bin/sh
exec "${libraries}"/ld-linux-*.so.* --library-path "${libraries}" "${root}/${program}" "$@"${added.join('')}
`;
}
