import { PAYMENT_FILE_BYTES_MAX } from './lists/incoming.ts';

/** The maximum size of a request body, unless the route is listed below. */
export const BODY_BYTES_MAX = 16 * 1024;

/** The routes that take larger bodies. The edge and the services both read this list. */
const LARGER_BODY_BYTES_MAX: Readonly<Record<string, number>> = {
  // 1,000 decisions, each with the longest reason, whatever its characters (4 bytes each).
  'POST /api/operations/decisions': 2_200_000,
  'POST /api/payments/incoming': PAYMENT_FILE_BYTES_MAX,
  'POST /api/payments/returns': PAYMENT_FILE_BYTES_MAX,
};

/** The maximum size of a request's body in bytes. `path` has no query, and may end with a slash. */
export function bodyBytesMax(method: string, path: string): number {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return LARGER_BODY_BYTES_MAX[`${method} ${plain.toLowerCase()}`] ?? BODY_BYTES_MAX;
}
