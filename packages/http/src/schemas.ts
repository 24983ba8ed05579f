import { problems } from '@guichet/errors';
import { z } from 'zod';

/** A UUID as this bank makes them; case does not matter. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'must be a UUID')
  .transform((id) => id.toLowerCase())
  .meta({ format: 'uuid' });

/** An integer in a query string, in plain digits. */
export function queryInteger({ min, max }: { min: number; max: number }) {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'must be an integer')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
}

/** An RFC 3339 time, or a bare date, which means the bank's day. */
export const bareDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date');

export const cursorSchema = z.string().max(500);

/** The query fields of every list: limit 1 to 200 (50) and the cursor of the page. */
export const paging = {
  limit: queryInteger({ min: 1, max: 200 }).default(50),
  cursor: cursorSchema.optional(),
};

/** A page of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** A keyset position as an opaque cursor. */
export function toCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position in a cursor that `toCursor` made, held to `shape`.
 * @throws Problem `invalid_request` for any other text
 */
export function readCursor<Shape extends z.ZodType>(cursor: string, shape: Shape): z.output<Shape> {
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw problems.invalid_request(undefined, {
      errors: [{ path: 'cursor', message: 'is no cursor of this list' }],
    });
  }
}
