import { z } from 'zod';
import { text } from './text.ts';

/** Sent by pages that reload themselves. */
const PASSIVE = 'x-guichet-passive';

/** The header of a request that may be of a page that reloads itself. */
export const PassiveHeaders = z.object({
  [PASSIVE]: text(8)
    .meta({
      description:
        '`yes`: a page reloads itself. An employee who has opened it in the last eight hours does not open it again',
    })
    .optional(),
});

export function isPassive(headers: Readonly<Record<string, unknown>>): boolean {
  return headers[PASSIVE] === 'yes';
}
