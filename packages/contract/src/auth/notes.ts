import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { plainLines } from '../text.ts';

/** A note that an agent wrote about a customer. It is never changed: a correction is another note. */
export const NoteView = z
  .object({
    id: Id,
    text: z.string(),
    author: z.object({ id: Id, username: z.string() }),
    created_at: Time,
  })
  .meta({ id: 'Note' });
export type Note = z.output<typeof NoteView>;

export const NewNote = z.strictObject({ text: plainLines(LENGTHS.note) });
export type NewNote = z.input<typeof NewNote>;
