import type { Operation } from '@guichet/contract/accounts';
import type { Query } from '../../clients/call.ts';
import type { Api } from '../../request-context.ts';

export interface Inbox {
  /** The pending operations, oldest first. */
  operations: Operation[];
  /** Whether there are more than are shown. */
  more: boolean;
}

const PAGE = 200;
const WAITING = ['pending', 'approved'] as const;

/** The operations that wait for an agent, oldest first. */
export async function loadInbox({ accounts }: Api, filters: Query): Promise<Inbox> {
  const pages = await Promise.all(
    WAITING.map((status) => accounts.operations({ ...filters, status, order: 'oldest', limit: PAGE })),
  );
  const all = pages.flatMap(({ items }) => items).sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    operations: all.slice(0, PAGE),
    more: all.length > PAGE || pages.some(({ next }) => next !== null),
  };
}
