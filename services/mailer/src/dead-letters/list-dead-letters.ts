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
  const last = await deadLetters.lastSequence();
  const items: DeadLetter[] = [];
  let after = Number(cursor ?? 0) || 0;
  let read = 0;
  for await (const found of deadLetters.between(after, last)) {
    if (items.length === limit || read === READ_MAX) return { items, next: String(after), total };
    after = found.sequence;
    read += 1;
    if (reason === undefined || found.letter.reason === reason) items.push(viewDeadLetter(found));
  }
  return { items, next: null, total };
}
