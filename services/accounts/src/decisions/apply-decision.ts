import { executionDay } from '@guichet/calendar';
import type { OperationStep } from '@guichet/contract';
import { type Problem, problems } from '@guichet/errors';
import type { Account } from '../accounts/account.ts';
import { refuse } from '../errors.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { leavesForAnotherBank, nextAttempt } from '../operations/dates.ts';
import type { DueOperation } from '../operations/due-store.ts';
import { definitionOf } from '../operations/kinds/index.ts';
import type { AccountKind, MoneyKind, PostingFacts } from '../operations/kinds/kind.ts';
import { isOpen, TRANSITIONS } from '../operations/life.ts';
import { amountOf, type Decision, type Operation } from '../operations/operation.ts';
import { isSent } from '../operations/outgoing-store.ts';
import { refuseActor } from '../people/rules.ts';
import type { BatchState, DecisionCommand } from './batch-state.ts';
import { beginOrder, isStopped, paymentEnded } from './follow-payments.ts';
import { isAgentsAction, refuseDecision, stepOf } from './rules.ts';
import { countSoleApproval, exceedsSoleApprovals } from './sole-approvals.ts';

/** Applies one decision in memory; the changes are in `state`. @returns the refusal, or null if it was applied */
export function applyDecision(
  command: DecisionCommand,
  operation: Operation,
  state: BatchState,
): Problem | null {
  const { action, by } = command;
  const unfit = by === null ? null : refuseActor(state.people.get(by.id), by);
  if (unfit !== null) return unfit;
  // Only the requester may learn that it exists.
  if (action === 'cancel' && operation.requesterId !== by?.id) return problems.not_found();
  const isOver = operation.expiresAt.getTime() <= state.now.getTime();
  if (action === 'expire' && !isOver) return refuse.not_pending();
  const decisions = state.decisions.get(operation.id) ?? [];
  const refusal = refuseDecision(action, by?.id ?? null, operation, decisions);
  if (refusal !== null) return refusal;
  // The deadline applies even if the operation has not been expired yet: the requester relies on it.
  if (action === 'approve' && isOver) return refuse.not_pending();

  // Together with the earlier approvals of this agent, it needs another agent.
  if (exceedsSoleApprovals(command, operation, state)) operation.requiredApprovals = 2;
  const step = stepOf(action, operation, decisions);
  if (step === 'execute') return execute(operation, state);
  if (step === 'approve' || step === 'schedule') {
    const moment = step === 'approve' ? 'posting' : 'scheduling';
    const unpostable = definitionOf(operation).refuse(operation, postingFacts(state, moment));
    if (unpostable !== null) {
      // It stays pending and shows the reason.
      operation.refusal = unpostable.code;
      state.changedOperations.add(operation);
      return unpostable;
    }
    // After this point it must succeed.
    countSoleApproval(command, operation, state);
    if (step === 'approve') post(operation, state);
    else schedule(operation, state);
  } else if (step !== 'approve_first') {
    abandon(operation, step, state);
  }

  operation.refusal = null;
  take(step, operation, state);
  if (isAgentsAction(action) && by !== null) {
    const decision: Decision = {
      operationId: operation.id,
      agentId: by.id,
      agentUsername: by.username,
      decision: action,
      reason: command.reason,
      decidedAt: state.now,
    };
    // Nothing but the agent is left to store: the rest is in the operation.
    if (step === 'approve' && decisions.length === 0 && command.reason === null) operation.approvedBy = by.id;
    else state.newDecisions.push(decision);
    state.decisions.set(operation.id, [...decisions, decision]);
  }
  return null;
}

/** Takes a step of the operation's life. */
function take(step: OperationStep, operation: Operation, state: BatchState): void {
  operation.status = TRANSITIONS[operation.status][step] ?? operation.status;
  if (!isOpen(operation.status)) {
    operation.decidedAt = state.now;
    if (state.due.delete(operation.id)) state.noLongerDue.push(operation.id);
    paymentEnded(operation, state);
  }
  state.changedOperations.add(operation);
}

function schedule(operation: Operation, state: BatchState): void {
  const { id, executeOn } = operation;
  const from = executeOn === null || executeOn < state.date ? state.date : executeOn;
  waitUntil(
    { operationId: id, dueOn: executionDay(from, leavesForAnotherBank(operation)), attempts: 0 },
    state,
  );
}

function waitUntil(due: DueOperation, state: BatchState): void {
  state.due.set(due.operationId, due);
  state.newlyDue.push(due);
}

/**
 * Posts an operation whose day has come. If money is lacking, it's tried again on the next two business days; then, or if it can't be posted for
 * another reason, it expires and shows the reason.
 */
function execute(operation: Operation, state: BatchState): Problem | null {
  const due = state.due.get(operation.id);
  if (due === undefined || due.dueOn > state.date) return refuse.not_pending();
  if (isStopped(operation, state)) {
    abandon(operation, 'cancel', state);
    take('cancel', operation, state);
    return null;
  }
  const day = executionDay(state.date, leavesForAnotherBank(operation));
  if (day !== state.date) {
    // Its day has passed, for example while the bank was down, and today no payment leaves.
    waitUntil({ ...due, dueOn: day }, state);
    return null;
  }
  const unpostable = definitionOf(operation).refuse(operation, postingFacts(state, 'posting'));
  operation.refusal = unpostable?.code ?? null;
  if (unpostable === null) {
    // After this point it must succeed.
    post(operation, state);
    take('execute', operation, state);
    return null;
  }
  const attempts = due.attempts + 1;
  const again = unpostable.code === refuse.insufficient_funds.code ? nextAttempt(state.date, attempts) : null;
  if (again === null) {
    abandon(operation, 'fail', state);
    take('fail', operation, state);
  } else {
    state.changedOperations.add(operation);
    waitUntil({ ...due, dueOn: again, attempts }, state);
  }
  return null;
}

function postingFacts(
  { accounts, orders, reversed, alreadyReversed, resolvedFrom, outgoing }: BatchState,
  moment: PostingFacts['moment'],
): PostingFacts {
  return {
    moment,
    account: (id) => (id === null ? undefined : accounts.get(id)),
    order: (id) => (id === null ? undefined : orders.get(id)),
    transfer: (id) => (id === null ? undefined : reversed.get(id)),
    isReversed: (id) => id !== null && alreadyReversed.has(id),
    resolvedFrom(operationId) {
      const from = resolvedFrom.get(operationId);
      if (from === undefined) throw new Error(`operation ${operationId} takes nothing out of suspense`);
      return from;
    },
    isSent: (id) => isSent(outgoing.get(id ?? '')),
    isRequested: () => false,
    payout: null,
  };
}

function post(operation: Operation, state: BatchState): void {
  const kind = definitionOf(operation);
  if (kind.movesMoney) {
    // Only a file is without an amount: all its payments are duplicates.
    if (amountOf(operation) !== 0n) move(kind, operation, state);
  } else if (kind.changes === 'order') beginOrder(operation, state);
  else if (kind.changes === 'account') changeAccount(kind, operation, state);
  // The lines of a run are posted after this commit, in transactions of their own.
}

/** Turns the hold into a transfer with its entries. */
function move(kind: MoneyKind, operation: Operation, state: BatchState): void {
  releaseHold(operation, state);
  const order = { ...operation, amountMinor: amountOf(operation) };
  const posting = kind.posting(operation, postingFacts(state, 'posting'));
  const { transfer, entries } = postTransfer(order, posting, state.accounts, state.now);
  for (const { accountId } of entries) {
    const account = state.accounts.get(accountId);
    if (account !== undefined) state.movedAccounts.add(account);
  }
  if (transfer.reversesId !== null) state.alreadyReversed.add(transfer.reversesId);
  followOutgoing(operation, state);
  state.transfers.push(transfer);
  state.entries.push(...entries);
}

/** A posted transfer to another bank waits for its batch; one that is reversed before leaves in none. */
function followOutgoing(operation: Operation, state: BatchState): void {
  const { id, currency, reversesTransferId } = operation;
  if (leavesForAnotherBank(operation)) state.newlyOutgoing.push({ operationId: id, currency });
  const reversed = state.outgoing.get(reversesTransferId ?? '');
  if (reversed !== undefined) state.changedOutgoing.push({ ...reversed, state: 'reversed' });
}

function changeAccount(kind: AccountKind, operation: Operation, state: BatchState): void {
  const account = state.accounts.get(operation.accountId ?? '') as Account;
  const { fields, logged } = kind.change(operation, account, state.now);
  if (logged !== undefined) state.settings.set(operation, logged);
  Object.assign(account, fields);
  state.changedAccounts.add(account);
  if (!kind.givesIban) return;
  if (account.iban !== null) state.retiredIbans.push(account.iban);
  const iban = state.newIbans.pop();
  if (iban === undefined) throw new Error('too few IBANs were generated');
  account.iban = iban;
  state.newRibs.push({ iban, accountId: account.id });
}

/** Releases the hold of an operation that is not posted. */
function abandon(operation: Operation, step: OperationStep, state: BatchState): void {
  releaseHold(operation, state);
  const kind = definitionOf(operation);
  if (kind.movesMoney || kind.changes !== 'account' || kind.abandon === undefined) return;
  const account = state.accounts.get(operation.accountId ?? '');
  if (account === undefined) return;
  Object.assign(account, kind.abandon(step, state.now));
  state.changedAccounts.add(account);
}

function releaseHold(operation: Operation, state: BatchState): void {
  const account = operation.heldAccountId === null ? undefined : state.accounts.get(operation.heldAccountId);
  if (account === undefined) return;
  account.heldMinor -= amountOf(operation);
  state.movedAccounts.add(account);
}
