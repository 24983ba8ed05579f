import type { LogEntry } from '@guichet/contract/logging';
import type { Readable } from '@guichet/database';
import { readCursor, toCursor } from '@guichet/http';
import { z } from 'zod';
import { openEntries } from '../personal/open-entries.ts';
import type { LogFilter } from './filter.ts';
import { presentEntry } from './present-entry.ts';
import { readEntries } from './read-entries.ts';

const Position = z.tuple([z.int().positive()]);

/**
 * A page of entries, newest first. The cursor is the sequence of the page's last entry: new entries come before
 * the first page, so the next pages neither miss nor repeat an entry.
 */
export async function listEntries(
  db: Readable,
  filter: LogFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: LogEntry[]; next: string | null }> {
  const before = cursor === undefined ? undefined : BigInt(readCursor(cursor, Position)[0]);
  const found = await readEntries(db, filter, {
    order: 'newest first',
    limit: limit + 1,
    ...(before === undefined ? {} : { before }),
  });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: (await openEntries(db, page)).map((entry) => presentEntry(entry, filter.visibleTo)),
    next: found.length > limit && last !== undefined ? toCursor([Number(last.sequence)]) : null,
  };
}
