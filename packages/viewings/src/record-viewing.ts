import { type Database, isDuplicateKey, queryOnce, transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { enqueueAll } from '@guichet/outbox';
import { isNewViewing } from './rules.ts';
import { findViewedAt, insertViewing, moveViewing } from './store.ts';

/**
 * Logs that a reader opens a page about a subject: once per reader, subject and hour, however many requests arrive at once. A page that the
 * reader has opened a moment ago costs one read by primary key.
 * @returns whether it was logged
 */
export async function recordViewing(
  db: Database,
  given: { subjectId: string; readerId: string; now: Date; isPassive: boolean },
  logged: () => OutboxMessage,
): Promise<boolean> {
  const { subjectId, readerId, now, isPassive } = given;
  const before = await queryOnce(db, findViewedAt(subjectId, readerId));
  if (!isNewViewing(before, now, isPassive)) return false;
  const viewing = { subjectId, readerId, viewedAt: now };
  if (before !== null)
    return transaction(db, async (trx) => {
      const [moved] = await trx.query(moveViewing(viewing, before));
      if (moved === 0) return false;
      await trx.commit(enqueueAll([logged()]));
      return true;
    });
  try {
    await transaction(db, (trx) => trx.commit(insertViewing(viewing), enqueueAll([logged()])));
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}
