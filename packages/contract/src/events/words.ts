import { z } from 'zod';

const ID = /^[\x21-\x7e]{1,36}$/;

/** An id in an event. Less strict than `Id`, because a consumer must accept what other releases send. */
export const EventId = z.string().regex(ID);

/** Whether the database can compare the text with ids. */
export function isEventId(text: string): boolean {
  return ID.test(text);
}

/** Printable ASCII. */
export const word = (length: number) => z.string().regex(new RegExp(`^[\\x20-\\x7e]{1,${length}}$`));

/** Where in a trace the event was made (W3C Trace Context). It describes, so one that is missing or not valid refuses no event. */
export const Traceparent = z
  .string()
  .regex(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/)
  .nullish()
  .catch(null);
