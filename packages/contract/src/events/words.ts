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
