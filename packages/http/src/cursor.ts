import { problems } from '@guichet/errors';
import type { z } from 'zod';

/** A keyset position as an opaque cursor. */
export function toCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position in a cursor that `toCursor` created, validated by `shape`.
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
