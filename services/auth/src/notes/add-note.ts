import { sentence } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { changeSupervised } from '../users/change-as-caller.ts';
import { findNoteByKey, insertNote, type SignedNote } from './store.ts';

/**
 * Adds a note about a customer. A request with a key that the agent has used before gets the note of that request.
 * @throws Problem `idempotency_key_reused` if that request was different; `not_found` for a user who is not a customer
 */
export async function addNote(
  deps: Deps,
  caller: Caller,
  { userId, text, key }: { userId: string; text: string; key: string | null },
  origin: Origin,
): Promise<{ note: SignedNote; replayed: boolean }> {
  // The caller's row is locked, so requests with the same key take turns.
  return changeSupervised(deps, caller, userId, async (trx, user) => {
    if (user.role !== 'member') throw problems.not_found();
    const earlier = key === null ? null : await findNoteByKey(trx, caller.userId, key);
    if (earlier !== null) {
      if (earlier.user_id !== userId || earlier.text !== text) throw refuse.idempotency_key_reused();
      return { note: { ...earlier, author_username: caller.username }, replayed: true };
    }
    const now = deps.clock();
    const note = {
      id: newId(now),
      user_id: userId,
      author_id: caller.userId,
      text,
      idempotency_key: key,
      created_at: now,
    };
    await insertNote(trx, note);
    await enqueue(trx, [
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'CUSTOMER_NOTE_ADDED',
        // The customer may not learn that there is a note, and the log must not hold its text.
        subject: { type: 'customer_record', id: user.id },
        concerns: [],
        sentence: sentence`${nameOf(caller)} added a note about ${nameOf(user)}.`,
        data: { note_id: note.id },
      }),
    ]);
    return { note: { ...note, author_username: caller.username }, replayed: false };
  });
}
