import type { Operation } from '../../clients/accounts.ts';
import type { Query } from '../../clients/call.ts';
import type { Api } from '../../visit.ts';

export interface Inbox {
  /** What waits, the longest-waiting first. */
  operations: Operation[];
  /** Whether more waits than is shown. */
  more: boolean;
}

const PAGE = 200;
const PAGES_AT_MOST = 10;

/**
 * What waits for an agent, oldest first: who asked first is answered first. The API lists the newest first, so its pages
 * are walked to their end; an inbox of more than two thousand shows the oldest of those it reached.
 */
export async function gatherInbox({ accounts }: Api, filters: Query, show = PAGE): Promise<Inbox> {
  const [pending, approved] = await Promise.all([
    walk((cursor) => accounts.operations({ ...filters, status: 'pending', limit: PAGE, cursor })),
    walk((cursor) => accounts.operations({ ...filters, status: 'approved', limit: PAGE, cursor })),
  ]);
  const all = [...pending, ...approved].sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return { operations: all.slice(0, show), more: all.length > show };
}

async function walk(
  ask: (cursor: string | undefined) => Promise<{ items: Operation[]; next: string | null }>,
) {
  const found: Operation[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_AT_MOST; page += 1) {
    const { items, next } = await ask(cursor);
    found.push(...items);
    if (next === null) break;
    cursor = next;
  }
  return found;
}
