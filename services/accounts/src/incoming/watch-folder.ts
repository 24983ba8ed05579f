import { metrics } from '@guichet/metrics';
import { type Clock, within } from '@guichet/time';
import { countRefused, listFolder } from './folder.ts';

const SAME_EVERYWHERE = 'The same on every replica: take the maximum.';
/** A network volume may not answer at all. */
const WITHIN_MS = 2_000;

/** Registers the metrics of the folder in which files from other banks arrive; all are 0 without such a folder. */
export function watchFolder(directory: string | null, clock: Clock): void {
  metrics.gauges(
    {
      waiting: {
        name: 'guichet_incoming_folder_waiting_files',
        help: `Files in INCOMING_DIRECTORY that are not received yet. ${SAME_EVERYWHERE}`,
      },
      oldest: {
        name: 'guichet_incoming_folder_oldest_age_seconds',
        help: `How long the oldest of them has been there. ${SAME_EVERYWHERE}`,
      },
      refused: {
        name: 'guichet_incoming_folder_refused_files',
        help: `Refused files that an operator has not taken away. ${SAME_EVERYWHERE}`,
      },
      unreadable: {
        name: 'guichet_incoming_folder_unreadable',
        help: `1 if INCOMING_DIRECTORY can’t be read, else 0. ${SAME_EVERYWHERE}`,
      },
    },
    async () => {
      if (directory === null) return { waiting: 0, oldest: 0, refused: 0, unreadable: 0 };
      const found = await within(
        WITHIN_MS,
        Promise.all([listFolder(directory), countRefused(directory)] as const),
      );
      if (found === null) return { waiting: null, oldest: null, refused: null, unreadable: 1 };
      const [files, refused] = found;
      const [first] = files;
      const oldest = first === undefined ? 0 : (clock().getTime() - Number(first.stats.ctimeMs)) / 1000;
      return { waiting: files.length, oldest: Math.max(0, oldest), refused, unreadable: 0 };
    },
  );
}
