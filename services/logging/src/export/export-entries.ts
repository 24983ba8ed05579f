import type { Database } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { LogFilter } from '../entries/filter.ts';
import { presentEntry } from '../entries/present-entry.ts';
import { readEntries } from '../entries/read-entries.ts';
import { type OpenEntry, openEntries } from '../personal/open-entries.ts';
import { CSV_HEADER, type ExportFormat, toCsvRecords } from './rules.ts';

const PAGE = 1_000;

interface Exporting {
  format: ExportFormat;
  /** Whether the client may still read; checked before each page. */
  stillAllowed: () => Promise<boolean>;
}

/**
 * Every entry that matches the filter, newest first, one page of text at a time: a page is read when the client has received the previous one,
 * so memory does not grow with the size of the export. The first page is read before this resolves, so that the client gets an error, not an
 * empty file, if the database is down. If the client may read no longer, the connection is cut.
 */
export async function exportEntries(
  db: Database,
  filter: LogFilter,
  { format, stillAllowed }: Exporting,
  page = PAGE,
): Promise<AsyncGenerator<string>> {
  const readPage = async (before?: bigint) => {
    // A slow client would read on for as long as it likes.
    if (before !== undefined && !(await stillAllowed()))
      throw problems.unauthenticated(undefined, { internal: 'the access ended during the export' });
    return openEntries(
      db,
      await readEntries(db, filter, {
        order: 'newest first',
        limit: page,
        ...(before === undefined ? {} : { before }),
      }),
    );
  };
  const firstPage = await readPage();
  return writePages(firstPage, readPage, filter.visibleTo, format, page);
}

async function* writePages(
  firstPage: OpenEntry[],
  readPage: (before: bigint) => Promise<OpenEntry[]>,
  readerId: string | null,
  format: ExportFormat,
  page: number,
): AsyncGenerator<string> {
  if (format === 'csv') yield CSV_HEADER;
  for (let entries = firstPage; ; ) {
    const views = entries.map((entry) => presentEntry(entry, readerId));
    if (views.length > 0) {
      yield format === 'csv'
        ? toCsvRecords(views)
        : views.map((view) => `${JSON.stringify(view)}\n`).join('');
    }
    const last = entries.at(-1);
    if (entries.length < page || last === undefined) return;
    entries = await readPage(last.sequence);
  }
}
