import { z } from 'zod';
import { queryInteger } from './fields.ts';
import { LENGTHS } from './lengths.ts';
import { text } from './text.ts';

/** The query fields of every list: `limit` from 1 to 200 (default 50), and the cursor of the page. */
export const paging = {
  limit: queryInteger({ min: 1, max: 200 }).default(50),
  cursor: text(LENGTHS.cursor)
    .regex(/^[A-Za-z0-9_-]+$/, 'must be a cursor')
    .meta({ description: 'The `next` of the previous page' })
    .optional(),
};

/** A page of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** The type of such a page. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
}
