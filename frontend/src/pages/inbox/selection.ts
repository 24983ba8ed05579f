import type { DecisionKind } from '@guichet/contract';
import type { Operation } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import type { InboxList } from './inbox-list.ts';
import { MOST_DECIDED, MOST_SELECTED, packIds, packIntoFields, unpackIds } from './packed-ids.ts';

/** The requests that a decision is about. */
export interface Selection {
  decision: DecisionKind;
  /** Whether the filters of the list chose them, not the agent one by one. */
  isAll: boolean;
  /** Those that the address or the form names. */
  ids: string[];
}

/** An address names at most 200. The form names everything that the filters chose, so that exactly what was confirmed is decided. */
export function selectionOf(ctx: PageContext): Selection {
  const isAll = ctx.query.all === 'yes';
  const ids = isAll
    ? [...new Set(ctx.state.form.getAll('ids').flatMap(unpackIds))].slice(0, MOST_DECIDED)
    : unpackIds(ctx.query.ids);
  return { decision: ctx.query.decision === 'reject' ? 'reject' : 'approve', isAll, ids };
}

/** What the form to decide `operations` carries: ids in its address, or in fields. */
export function carry({ isAll }: Selection, operations: readonly Operation[]) {
  const ids = operations.map(({ id }) => id);
  return isAll
    ? { query: { all: 'yes' }, fields: packIntoFields(ids) }
    : { query: { ids: packIds(ids) }, fields: [] };
}

/** The operations as they are now, by id; an id that names none is left out. */
export async function findOperations(
  ctx: PageContext,
  ids: readonly string[],
): Promise<Map<string, Operation>> {
  const found = new Map<string, Operation>();
  for (let at = 0; at < ids.length; at += MOST_SELECTED) {
    const some = ids.slice(at, at + MOST_SELECTED).join(',');
    const { items } = await ctx.state.api.accounts.operations({ ids: some, limit: MOST_SELECTED });
    for (const operation of items) found.set(operation.id, operation);
  }
  return found;
}

export async function findInOrder(ctx: PageContext, ids: readonly string[]): Promise<Operation[]> {
  const found = await findOperations(ctx, ids);
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** What the filters of the list match and this agent can decide: the first thousand, in the order of the list. */
export async function findMatching(ctx: PageContext, list: InboxList): Promise<Operation[]> {
  const found: Operation[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof ctx.state.api.accounts.inbox>> = await ctx.state.api.accounts.inbox(
      { ...list.query, tab: 'mine', limit: MOST_SELECTED, cursor },
    );
    found.push(...page.items.flatMap(({ operation, facts }) => (facts.can_decide ? [operation] : [])));
    cursor = page.next;
  } while (cursor !== null && found.length < MOST_DECIDED);
  return found.slice(0, MOST_DECIDED);
}
