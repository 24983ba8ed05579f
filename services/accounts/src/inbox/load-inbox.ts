import type { ReviewFacts } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import type { Deps } from '../deps.ts';
import { findFiles, idsOfFiles } from '../operations/file-store.ts';
import { findOperation } from '../operations/inbox-store.ts';
import type { OperationState } from '../operations/operation.ts';
import { findOrders, idsOfOrders } from '../operations/order-store.ts';
import { findDecisions } from '../operations/store.ts';
import { findRuns } from '../products/run-store.ts';
import { loadFacts } from './load-facts.ts';
import { type InboxOrder, listWaiting, sumWaiting, type WaitingFilter } from './waiting-store.ts';

/** A page of the inbox. */
interface Inbox {
  items: { state: OperationState; facts: ReviewFacts }[];
  /** The last operation of the page, if more follow. */
  lastId: string | null;
  /** The sums of all operations that match the filter, by currency. */
  sums: Awaited<ReturnType<typeof sumWaiting>>;
}

/** The operations that wait for an agent, with the facts to decide by. */
export async function loadInbox(
  deps: Deps,
  filter: WaitingFilter,
  page: { order: InboxOrder; afterId: string | undefined; limit: number },
): Promise<Inbox> {
  const [found, sums] = await Promise.all([
    listWaiting(deps.reads, filter, page),
    sumWaiting(deps.reads, filter),
  ]);
  const operations = found.slice(0, page.limit);
  const [decisions, orders, files, runs] = await Promise.all([
    queryOnce(deps.reads, findDecisions(operations.map(({ id }) => id))),
    queryOnce(deps.reads, findOrders(idsOfOrders(operations))),
    queryOnce(deps.reads, findFiles(idsOfFiles(operations))),
    queryOnce(
      deps.reads,
      findRuns(operations.flatMap(({ id, kind }) => (kind === 'interest_run' ? [id] : []))),
    ),
  ]);
  const facts = await loadFacts(deps, deps.reads, operations, decisions, filter.agentId);
  return {
    items: operations.flatMap((operation) => {
      const known = facts.get(operation.id);
      return known === undefined
        ? []
        : [
            {
              state: {
                operation,
                decisions: decisions.get(operation.id) ?? [],
                dueOn: null,
                order: orders.get(operation.id) ?? null,
                standingOrderId: null,
                file: files.get(operation.id) ?? null,
                fileOperationId: null,
                run: runs.get(operation.id) ?? null,
                runId: null,
              },
              facts: known,
            },
          ];
    }),
    lastId: found.length > page.limit ? (operations.at(-1)?.id ?? null) : null,
    sums,
  };
}

/** The facts about one operation for the agent; null if there is no such operation. */
export async function findFacts(deps: Deps, id: string, agentId: string): Promise<ReviewFacts | null> {
  const operation = await findOperation(deps.db, id);
  if (operation === null) return null;
  const decisions = await queryOnce(deps.db, findDecisions([id]));
  return (await loadFacts(deps, deps.db, [operation], decisions, agentId)).get(id) ?? null;
}
