import { plain, sentence } from '@guichet/contract/events';
import { type Database, isDuplicateKey, queryOnce, transaction } from '@guichet/database';
import { toJsonMinor } from '@guichet/money';
import { enqueueAll } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { definitionOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';
import { isNewViewing, isViewing } from './viewing-rules.ts';
import { findViewedAt, insertViewing, moveViewing, type Viewing } from './viewings-store.ts';

/**
 * Logs that an agent opens a request that waits: once per agent, operation and hour, however many requests arrive at once. An operation that the
 * agent has opened a moment ago costs one read by primary key, and any other reader costs nothing.
 */
export async function recordViewing(
  deps: Deps,
  operation: Operation,
  reader: { caller: Caller; correlationId: string; isPassive: boolean },
): Promise<void> {
  const { caller } = reader;
  if (!isViewing(operation, caller)) return;
  const before = await queryOnce(deps.db, findViewedAt(operation.id, caller.userId));
  const now = deps.clock();
  if (!isNewViewing(before, now, reader.isPassive)) return;
  const viewing = { operationId: operation.id, agentId: caller.userId, viewedAt: now };
  const logged = actionLogged(now, reader.correlationId, {
    action: 'OPERATION_VIEWED',
    actor: actorOf(caller),
    subject: { type: 'operation', id: operation.id },
    operationId: operation.id,
    concerns: [],
    sentence: sentence`${plain(definitionOf(operation).title)} opened by an agent`,
    data: {
      operation_id: operation.id,
      type: operation.kind,
      amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
      currency: operation.currency,
    },
  });
  if (await store(deps.db, viewing, before, logged)) deps.committed();
}

/** @returns false if another request of the same agent has stored it */
async function store(
  db: Database,
  viewing: Viewing,
  before: Date | null,
  logged: Parameters<typeof enqueueAll>[0][number],
): Promise<boolean> {
  if (before === null) {
    try {
      await transaction(db, (trx) => trx.commit(insertViewing(viewing), enqueueAll([logged])));
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }
  return transaction(db, async (trx) => {
    const [moved] = await trx.query(moveViewing(viewing, before));
    if (moved === 0) return false;
    await trx.commit(enqueueAll([logged]));
    return true;
  });
}
