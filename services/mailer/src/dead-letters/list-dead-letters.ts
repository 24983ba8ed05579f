import type { DeadLetter } from '@guichet/contract/mail';
import type { DeadLetterStore } from './dead-letter-store.ts';
import { viewDeadLetter } from './view-dead-letter.ts';

/** Dead letters that one page reads at most: few of them may have the reason. */
const READ_MAX = 1_000;

/** A page of the dead letters, oldest first, and how many there are. */
export async function listDeadLetters(
  { deadLetters }: { deadLetters: DeadLetterStore },
  { limit, cursor, reason }: { limit: number; cursor?: string | undefined; reason?: string | undefined },
): Promise<{ items: DeadLetter[]; next: string | null; total: number }> {
  const total = await deadLetters.count();
  const items: DeadLetter[] = [];
  let after = Number(cursor ?? 0) || 0;
  for (let read = 0; items.length < limit && read < READ_MAX; read += 1) {
    const found = await deadLetters.next(after);
    if (found === null) return { items, next: null, total };
    after = found.sequence;
    if (reason === undefined || found.letter.reason === reason) items.push(viewDeadLetter(found));
  }
  const isLast = (await deadLetters.next(after)) === null;
  return { items, next: isLast ? null : String(after), total };
}
