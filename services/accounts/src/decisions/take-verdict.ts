import { type Problem, problems } from '@guichet/errors';
import { toJsonMinor } from '@guichet/money';
import { type Account, houseAccount, isHouseAccount } from '../accounts/account.ts';
import { refuse } from '../errors.ts';
import { type Posting, postTransfer } from '../ledger/post-transfer.ts';
import type { PostedTransfer } from '../ledger/store.ts';
import { movesMoney, TRANSITIONS } from '../operations/kinds.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import { type Limits, refuseClosing, refuseCredit, refuseOverdraft } from '../operations/rules.ts';
import { viewLimits } from '../operations/views.ts';
import { refuseActor } from '../people/rules.ts';
import { isAgentsVerdict, refuseVerdict, stepOf } from './rules.ts';
import { countSoleApproval, exceedsSoleApprovals } from './sole-approvals.ts';
import type { Ruling, Work } from './work.ts';

/** Takes one verdict, in memory: what it changed stands in `work`. @returns what refused it, or null where it was taken */
export function takeVerdict(ruling: Ruling, operation: Operation, work: Work): Problem | null {
  const { verdict, by } = ruling;
  const unfit = by === null ? null : refuseActor(work.people.get(by.id), by);
  if (unfit !== null) return unfit;
  // Whose request it is not may not even know of it.
  if (verdict === 'cancel' && operation.requesterId !== by?.id) return problems.not_found();
  const isOver = operation.expiresAt.getTime() <= work.now.getTime();
  if (verdict === 'expire' && !isOver) return refuse.not_pending();
  const decisions = work.decisions.get(operation.id) ?? [];
  const refusal = refuseVerdict(verdict, by?.id ?? null, operation, decisions);
  if (refusal !== null) return refusal;
  // Whoever asked counts on the time that they were told, however late it is ended.
  if (verdict === 'approve' && isOver) return refuse.not_pending();

  // Together with what this agent approved before, it needs another agent.
  if (exceedsSoleApprovals(ruling, operation, work)) operation.requiredApprovals = 2;
  const step = stepOf(verdict, operation, decisions);
  if (step === 'approve') {
    const unpostable = refusePosting(operation, work);
    if (unpostable !== null) {
      // It stays pending, and says why to whoever looks at it next.
      operation.refusal = unpostable.code;
      work.changed.add(operation);
      return unpostable;
    }
    countSoleApproval(ruling, operation, work);
    post(operation, work);
  } else if (step !== 'approve_first') {
    release(operation, verdict === 'reject', work);
  }

  operation.status = TRANSITIONS[operation.status][step] ?? operation.status;
  operation.refusal = null;
  if (step !== 'approve_first') operation.decidedAt = work.now;
  work.changed.add(operation);
  if (isAgentsVerdict(verdict) && by !== null) {
    const decision: Decision = {
      operationId: operation.id,
      agentId: by.id,
      agentUsername: by.username,
      decision: verdict,
      reason: ruling.reason,
      decidedAt: work.now,
    };
    work.newDecisions.push(decision);
    work.decisions.set(operation.id, [...decisions, decision]);
  }
  return null;
}

/** What keeps an approved operation from being posted, in the documented order. */
function refusePosting(operation: Operation, work: Work): Problem | null {
  const touched = [operation.accountId, operation.fromAccountId, operation.toAccountId].flatMap((id) =>
    id === null ? [] : (work.accounts.get(id) ?? []),
  );
  if (operation.kind === 'open_account') {
    return touched[0]?.status === 'pending' ? null : refuse.account_not_open();
  }
  if (operation.kind === 'close_account') {
    return touched[0] === undefined ? refuse.account_not_open() : refuseClosing(touched[0]);
  }
  if (touched.some(({ status }) => status !== 'open')) return refuse.account_not_open();
  if (touched.some(({ currency }) => currency !== operation.currency)) return refuse.currency_mismatch();
  if (operation.kind === 'set_overdraft')
    return touched[0] === undefined
      ? refuse.account_not_open()
      : refuseOverdraft(touched[0], operation.amountMinor ?? 0n);
  const payee = operation.toIban === null ? undefined : work.accounts.get(operation.toAccountId ?? '');
  if (payee !== undefined && payee.iban !== operation.toIban) return refuse.retired_rib();
  const { reversesTransferId } = operation;
  if (reversesTransferId !== null && work.alreadyReversed.has(reversesTransferId))
    return refuse.already_reversed();
  const credited = work.accounts.get(
    (operation.kind === 'deposit' ? operation.accountId : operation.toAccountId) ?? '',
  );
  if (credited === undefined || operation.amountMinor === null) return null;
  return refuseCredit(credited, operation.amountMinor);
}

/** Does what was asked for. After this point it must succeed. */
function post(operation: Operation, work: Work): void {
  if (!movesMoney(operation.kind)) {
    changeAccount(operation, work.accounts.get(operation.accountId ?? '') as Account, work);
    return;
  }
  const { now } = work;
  releaseHold(operation, work);
  const funded = { ...operation, amountMinor: operation.amountMinor as bigint };
  const { transfer, entries } = postTransfer(funded, postingOf(operation, work), work.accounts, now);
  for (const { accountId } of entries) {
    const account = work.accounts.get(accountId);
    if (account !== undefined) work.moved.add(account);
  }
  if (transfer.reversesId !== null) work.alreadyReversed.add(transfer.reversesId);
  work.transfers.push(transfer);
  work.entries.push(...entries);
  operation.transferId = transfer.id;
}

function changeAccount(operation: Operation, account: Account, work: Work): void {
  const { now } = work;
  switch (operation.kind) {
    case 'close_account':
      Object.assign(account, { status: 'closed', closedAt: now });
      work.lifecycles.push({ account, newIban: null, retiredIban: null });
      return;
    case 'open_account':
    case 'renew_rib': {
      const retiredIban = account.iban;
      account.iban = work.newIbans.pop() as string;
      if (operation.kind === 'open_account') Object.assign(account, { status: 'open', openedAt: now });
      work.lifecycles.push({ account, newIban: account.iban, retiredIban });
      return;
    }
    case 'set_overdraft': {
      const from = toJsonMinor(account.overdraftMinor);
      account.overdraftMinor = operation.amountMinor ?? 0n;
      work.settings.set(operation, { account, change: { from, to: toJsonMinor(account.overdraftMinor) } });
      return;
    }
    case 'set_limits': {
      const before = { operationMinor: account.limitOperationMinor, dayMinor: account.limitDayMinor };
      const after = operation.limits as Limits;
      account.limitOperationMinor = after.operationMinor;
      account.limitDayMinor = after.dayMinor;
      work.settings.set(operation, { account, change: { from: viewLimits(before), to: viewLimits(after) } });
      return;
    }
    default:
      throw new Error(`${operation.kind} moves money`);
  }
}

/** Lets go of what a request reserved, and of an account that was asked for and will not be. */
function release(operation: Operation, rejected: boolean, work: Work): void {
  releaseHold(operation, work);
  if (operation.kind !== 'open_account') return;
  const account = work.accounts.get(operation.accountId ?? '');
  if (account === undefined) return;
  account.status = rejected ? 'rejected' : 'closed';
  account.closedAt = rejected ? null : work.now;
  work.lifecycles.push({ account, newIban: null, retiredIban: null });
}

function releaseHold(operation: Operation, work: Work): void {
  const account = operation.heldAccountId === null ? undefined : work.accounts.get(operation.heldAccountId);
  if (account === undefined || operation.amountMinor === null) return;
  account.heldMinor -= operation.amountMinor;
  work.moved.add(account);
}

function postingOf(operation: Operation, work: Work): Posting {
  const { currency } = operation;
  const cash = houseAccount.cash(currency);
  const describe = (accountId: string | null) => {
    const account = accountId === null ? undefined : work.accounts.get(accountId);
    if (account === undefined) return null;
    return { name: account.ownerName || null, iban: account.iban };
  };
  switch (operation.kind) {
    case 'deposit':
      return {
        debitAccountId: cash,
        creditAccountId: operation.accountId as string,
        shownToDebited: describe(operation.accountId),
        shownToCredited: null,
      };
    case 'withdrawal':
      return {
        debitAccountId: operation.accountId as string,
        creditAccountId: cash,
        shownToDebited: null,
        shownToCredited: describe(operation.accountId),
      };
    case 'reversal': {
      const original = work.reversed.get(operation.reversesTransferId ?? '') as PostedTransfer;
      const other = (id: string) => {
        const party = isHouseAccount(id) ? null : describe(id);
        // Only the original transfer records how the payer named the payee, not its reversal.
        return party !== null && original.kind === 'reversal' ? { ...party, name: null } : party;
      };
      return {
        debitAccountId: original.creditAccountId,
        creditAccountId: original.debitAccountId,
        shownToDebited: other(original.debitAccountId),
        // The payer sees the payee as they named it, not the holder, whose name they may not know.
        shownToCredited: original.payee ?? other(original.creditAccountId),
      };
    }
    default: {
      const payee = operation.toIban === null ? null : { name: operation.toName, iban: operation.toIban };
      return {
        debitAccountId: operation.fromAccountId as string,
        creditAccountId: operation.toAccountId ?? houseAccount.clearing(currency),
        shownToDebited: payee ?? describe(operation.toAccountId),
        shownToCredited: describe(operation.fromAccountId),
      };
    }
  }
}
