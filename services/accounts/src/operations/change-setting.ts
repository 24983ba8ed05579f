import { plain, sentence } from '@guichet/contract/events';
import { query, queryOnce, type Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import {
  type AccountWithInterest,
  type AccountWithOwner,
  lockAccounts,
  writeAccounts,
} from '../accounts/store.ts';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { requireActive } from '../people/require-active.ts';
import { sumAccruals } from '../products/accrual-store.ts';
import { draftOperation, newBatchState } from './evaluate-request.ts';
import { accountLogged } from './events.ts';
import { definitionOf } from './kinds/index.ts';
import type { UserRequest } from './request.ts';

type SettingRequest = Pick<UserRequest, 'input' | 'requester' | 'correlationId'>;

/**
 * Changes a setting of an account directly, if one agent may do so alone, by the same rules as for a request.
 * @returns the changed account or the refusal; null if another agent must agree
 */
export async function changeSetting(
  deps: Deps,
  request: SettingRequest,
  idempotency: Idempotency<AccountWithInterest> | null,
): Promise<Outcome<AccountWithInterest> | null> {
  const outcome = await once(deps, idempotency, (trx) => changeIn(trx, deps, request));
  deps.committed();
  return outcome;
}

async function changeIn(
  trx: Transaction,
  deps: Deps,
  request: SettingRequest,
): Promise<AccountWithInterest | null> {
  const { input, requester, correlationId } = request;
  const kind = definitionOf(input);
  if (kind.movesMoney || kind.changes !== 'account' || kind.direct === undefined)
    throw new Error(`${input.kind} cannot be made directly`);
  await requireActive(trx, requester);
  const [locked] = await query(trx, lockAccounts(kind.reads(input).accounts ?? []));
  const now = deps.clock();
  const state = newBatchState({ locked, now, today: deps.rules.calendar.dayOf(now).from });
  const drafted = draftOperation({ ...request, secondFactor: 'unchecked' }, state, deps);
  if (drafted instanceof Problem) throw drafted;
  const { operation } = drafted;
  const account = locked.get(operation.accountId ?? '') as AccountWithOwner;
  if (kind.direct.needsSecondAgent(operation, account, deps.rules)) return null;

  const { fields, logged } = kind.change(operation, account, now);
  const changed = { ...account, ...fields };
  await query(trx, writeAccounts([changed]));
  await enqueue(trx, [
    actionLogged(now, correlationId, {
      action: kind.direct.action,
      actor: requester,
      subject: { type: 'account', id: account.id },
      concerns: [account.ownerId],
      sentence: sentence`${plain(kind.direct.sentence)}`,
      data: { ...accountLogged(account), ...logged, currency: account.currency },
    }),
  ]);
  const accrued = await queryOnce(trx, sumAccruals([account.id]));
  return { ...changed, accruedParts: accrued.get(account.id) ?? 0n };
}
