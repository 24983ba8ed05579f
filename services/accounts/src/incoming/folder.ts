import type { BigIntStats } from 'node:fs';
import { constants, lstat, mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@guichet/database';

/** A file in the folder. Its path is in bytes, because a name may be anything but UTF-8. */
export interface FolderFile {
  path: Buffer;
  /** For people and for its next name: letters, digits and a few signs, at most 150 characters, with the ending .xml. */
  name: string;
  stats: BigIntStats;
}

/** Where a file goes. */
export type Place = 'received' | 'refused';

/** Why a file was refused, as the file beside it says. */
export interface Refusal {
  file: string;
  code: string;
  title: string;
  line: number | null;
  reason: string | null;
  refused_at: string;
}

const DOT = '.'.charCodeAt(0);
const ENDING = '.xml';
const STEM_LENGTH_MAX = 146;

/** What is in the folder with the ending .xml, the oldest first, also if it's no file. A name that begins with a dot is unfinished. */
export async function listFolder(directory: string): Promise<FolderFile[]> {
  const names = await readdir(directory, { encoding: 'buffer' });
  const found: FolderFile[] = [];
  for (const raw of names) {
    if (raw[0] === DOT || !raw.toString('latin1').toLowerCase().endsWith(ENDING)) continue;
    const path = Buffer.concat([Buffer.from(`${directory}/`), raw]);
    const stats = await unlessGone(lstat(path, { bigint: true }));
    if (stats !== null) found.push({ path, name: plainName(raw), stats });
  }
  return found.sort((a, b) => Number(a.stats.ctimeNs - b.stats.ctimeNs) || Buffer.compare(a.path, b.path));
}

/** How many files were refused and are still there. */
export async function countRefused(directory: string): Promise<number> {
  const names = await unlessGone(readdir(join(directory, 'refused')));
  return (names ?? []).filter((name) => name.toLowerCase().endsWith(ENDING)).length;
}

/** Whether two looks at a file found the same file with the same content. */
export function isUnchanged(before: BigIntStats, after: BigIntStats): boolean {
  return (
    after.isFile() &&
    after.ino === before.ino &&
    after.size === before.size &&
    after.mtimeNs === before.mtimeNs
  );
}

/** Reads a file as it was found; null if it has changed or is gone. Never follows a link, and never reads more than was found. */
export async function readFound({ path, stats }: FolderFile): Promise<Buffer | null> {
  // What was put in its place meanwhile may be a link, or a pipe that nothing writes to.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await unlessGone(open(path, flags));
  if (file === null) return null;
  try {
    if (!isUnchanged(stats, await file.stat({ bigint: true }))) return null;
    const bytes = Buffer.alloc(Number(stats.size));
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) return null;
      length += bytesRead;
    }
    return isUnchanged(stats, await file.stat({ bigint: true })) ? bytes : null;
  } finally {
    await file.close();
  }
}

/** Moves a file to its place, under its name or a longer one if that is taken. Nothing is overwritten. @returns its new name; null if it's gone or another file has its name */
export async function moveFile(
  directory: string,
  { path, name, stats }: FolderFile,
  place: Place,
  refusal?: Refusal,
): Promise<string | null> {
  const folder = await makePlace(directory, place);
  // A file that was sent under the same name meanwhile has not been received.
  const present = await unlessGone(lstat(path, { bigint: true }));
  if (present === null || !isUnchanged(stats, present)) return null;
  const isTaken = (await unlessGone(lstat(join(folder, name)))) !== null;
  const free = isTaken ? `${name.slice(0, -ENDING.length)}.${newId()}${ENDING}` : name;
  // First, so that no refused file is without its reason.
  if (refusal !== undefined) await writeReason(folder, free, refusal);
  const moved = await unlessGone(rename(path, join(folder, free)).then(() => true));
  return moved === null ? null : free;
}

async function writeReason(folder: string, name: string, refusal: Refusal): Promise<void> {
  const unfinished = join(folder, `.${name}.${newId()}`);
  await writeFile(unfinished, `${JSON.stringify(refusal, null, 2)}\n`, { flag: 'wx', mode: 0o640 });
  await rename(unfinished, join(folder, `${name}.json`));
}

/** The folder of a place, created if it's missing. @throws Error if something else has its name, such as a link to another folder */
async function makePlace(directory: string, place: Place): Promise<string> {
  const folder = join(directory, place);
  await mkdir(folder, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  if (!(await lstat(folder)).isDirectory()) throw new Error(`${place} is not a folder`);
  return folder;
}

function plainName(raw: Buffer): string {
  const stem = raw
    .toString('utf8')
    .slice(0, -ENDING.length)
    .replace(/[^\p{L}\p{N} ._()+-]|^-/gu, '_')
    .slice(0, STEM_LENGTH_MAX);
  return `${Buffer.from(stem).subarray(0, STEM_LENGTH_MAX).toString('utf8').replaceAll('\ufffd', '')}${ENDING}`;
}

/** The outcome, or null if there is no such file: it was taken away meanwhile, or something else is in its place. */
async function unlessGone<Found>(outcome: Promise<Found>): Promise<Found | null> {
  try {
    return await outcome;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP') return null;
    throw error;
  }
}
