import { Id } from '@guichet/contract';
import { readCursor, toCursor } from '@guichet/http';
import { z } from 'zod';

const Position = z.tuple([Id]);

/** The page to read from a store: one extra row shows whether another page follows. */
export function requestedPage(query: { limit: number; cursor?: string | undefined }): {
  limit: number;
  before: string | null;
} {
  const before = query.cursor === undefined ? null : readCursor(query.cursor, Position)[0];
  return { limit: query.limit + 1, before };
}

/** A page of rows ordered by id, newest first, as a list reply. */
export function pageOf<Row extends { id: string }, View>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => View,
): { items: View[]; next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map(view),
    next: rows.length > limit && last !== undefined ? toCursor([last.id]) : null,
  };
}
