import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';

/** `body`, if it is exactly what the contract's schema describes. @throws Error for a missing, wrong or additional field */
export function fit<View extends z.ZodType>(view: View, body: z.output<View>): z.output<View> {
  // Parsing leaves unknown fields out.
  if (!isDeepStrictEqual(view.parse(body), body))
    throw new Error('a fake reply has a field that the contract lacks');
  return body;
}
