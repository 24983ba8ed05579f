import { z } from 'zod';

const ID = /^[\x21-\x7e]{1,36}$/;

/** An id in an event. It is looser than `Id`, because a reader must cope with what it is sent. */
export const EventId = z.string().regex(ID);

/** Whether the database can compare the text with its ids. */
export function isEventId(text: string): boolean {
  return ID.test(text);
}

/** Printable ASCII. */
export const word = (length: number) => z.string().regex(new RegExp(`^[\\x20-\\x7e]{1,${length}}$`));
