import { LENGTHS, text } from '@guichet/contract';
import { problems } from '@guichet/errors';
import { z } from 'zod';

/** A UUID as this bank makes them; case does not matter. */
export const Id = text(36)
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'must be a UUID')
  .transform((id) => id.toLowerCase())
  .meta({ format: 'uuid' });

/** An integer in a query string, in plain digits. */
export function queryInteger({ min, max }: { min: number; max: number }) {
  return text(15)
    .regex(/^(0|[1-9]\d*)$/, 'must be an integer')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** A date, which means the bank's day. */
export const bareDate = text(10).regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date');

export const cursorSchema = text(LENGTHS.cursor)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be a cursor')
  .meta({ description: 'The `next` of the previous page' });

/** A key under which a request is answered once (draft-ietf-httpapi-idempotency-key-header). */
export const idempotencyKeySchema = text(LENGTHS.idempotencyKey).regex(
  /^[\x20-\x7e]+$/,
  `must be 1 to ${LENGTHS.idempotencyKey} printable characters`,
);

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
      errors: [{ path: 'cursor', message: 'must be a cursor of this list' }],
    });
  }
}
