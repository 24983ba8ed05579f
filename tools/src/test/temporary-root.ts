import { readFile, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';

const MEMORY_FOLDER = '/dev/shm';
const GIB = 2 ** 30;
/** The largest tests run three database nodes and a bank beside them, with about 2 GiB of files. */
const ROOM_BYTES = 4 * GIB;
const MEMORY_LEFT_BYTES = 4 * GIB;

export interface Room {
  freeBytes: number;
  freeMemoryBytes: number;
  /** The lines of /proc/mounts. */
  mounts: string;
}

/**
 * The folder for the tests' servers, banks and other files. In memory where there is room for it, because most of the time of creating a schema is
 * spent on its files: on a disk it takes three to four times as long. TEST_FOLDER chooses another one.
 */
export async function temporaryRoot(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (environment.TEST_FOLDER) return environment.TEST_FOLDER;
  const room = await measure().catch(() => null);
  return room !== null && hasRoomInMemory(room) ? MEMORY_FOLDER : tmpdir();
}

export function hasRoomInMemory({ freeBytes, freeMemoryBytes, mounts }: Room): boolean {
  // Tests run programs that they write.
  const options = mounts
    .split('\n')
    .findLast((line) => line.split(' ')[1] === MEMORY_FOLDER)
    ?.split(' ')[3];
  const isExecutable = options !== undefined && !options.split(',').includes('noexec');
  return isExecutable && freeBytes >= ROOM_BYTES && freeMemoryBytes >= ROOM_BYTES + MEMORY_LEFT_BYTES;
}

async function measure(): Promise<Room> {
  const { bavail, bsize } = await statfs(MEMORY_FOLDER);
  return {
    freeBytes: bavail * bsize,
    freeMemoryBytes: freemem(),
    mounts: await readFile('/proc/mounts', 'utf8'),
  };
}
