import { plain, sentence } from '@guichet/contract/events';
import { toJsonMinor } from '@guichet/money';
import type { Caller } from '@guichet/tokens';
import { recordViewing } from '@guichet/viewings';
import { actionLogged, actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { definitionOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';
import { isViewing } from './viewing-rules.ts';

/** Logs that an agent opens a request that waits, as `recordViewing` does. Any other reader costs nothing. */
export async function recordOperationViewing(
  deps: Deps,
  operation: Operation,
  { caller, correlationId, isPassive }: { caller: Caller; correlationId: string; isPassive: boolean },
): Promise<void> {
  if (!isViewing(operation, caller)) return;
  const now = deps.clock();
  const viewing = { subjectId: operation.id, readerId: caller.userId, now, isPassive };
  const logged = () =>
    actionLogged(now, correlationId, {
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
  if (await recordViewing(deps.db, viewing, logged)) deps.committed();
}
