import { type DecisionKind, EXECUTION_REFUSALS, type SuspenseReason } from '@guichet/contract';
import { type Actor, type MailContent, type MailData, plain, sentence } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { mailMessage, type OutboxMessage } from '@guichet/events';
import { toJsonMinor } from '@guichet/money';
import type { Account } from '../accounts/account.ts';
import { actionLogged } from '../audit.ts';
import type { OperationEvent } from './kinds/actions.ts';
import { definitionOf, transferOf } from './kinds/index.ts';
import type { SettingChange } from './kinds/kind.ts';
import { amountOf, type Operation } from './operation.ts';
import { isOfBank } from './request.ts';
import { viewLimits } from './view-limits.ts';

interface OperationChange {
  operation: Operation;
  /** Null if the operation expired. */
  actor: Actor | null;
  /** The users whose accounts are involved, besides the requester. */
  concerns: readonly string[];
  correlationId: string | null;
  now: Date;
}

/** The audit event of an operation's request, or of a decision on it. */
export function operationLogged(
  happened: OperationChange & {
    event: OperationEvent;
    reason?: string | null;
    /** The day on which a scheduled operation is tried next. */
    dueOn?: string | undefined;
    /** The standing order of which it's a payment. */
    standingOrderId?: string | undefined;
    /** The accounts that the operation names. */
    accountOf: AccountOf;
    /** An account's overdraft or limits, before and after. */
    change?: SettingChange | undefined;
    /** Why a payment from another bank is in suspense. */
    suspenseReason?: SuspenseReason | null;
    /** The mails about it, which are queued in the same transaction. */
    mails?: readonly OutboxMessage[];
  },
) {
  const { operation, actor, now } = happened;
  const { title, actions } = definitionOf(operation);
  const action = actions[happened.event];
  if (action === undefined) throw new Error(`no ${operation.kind} is ever ${happened.event}`);
  return actionLogged(now, happened.correlationId, {
    action,
    actor,
    subject: { type: 'operation', id: operation.id },
    operationId: operation.id,
    // The owner of the account first: what the data say about the customer is about them, also if an agent requested it.
    concerns: [...new Set([...happened.concerns, ...(isOfBank(operation) ? [] : [operation.requesterId])])],
    sentence: sentence`${plain(title)} ${plain(happened.event === 'approved' ? 'approved by a first agent' : happened.event)}`,
    data: {
      operation_id: operation.id,
      type: operation.kind,
      status: happened.event === 'postponed' ? happened.event : operation.status,
      amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
      currency: operation.currency,
      transfer_id: transferOf(operation),
      ...namesOf(operation, happened.accountOf),
      ...(operation.limits === null ? {} : { limits: viewLimits(operation.limits) }),
      ...(happened.change ?? {}),
      ...(happened.mails === undefined ? {} : { mail_ids: happened.mails.map(({ id }) => id) }),
      ...(operation.executeOn === null ? {} : { execute_on: operation.executeOn }),
      ...(happened.dueOn === undefined ? {} : { due_on: happened.dueOn }),
      ...(happened.standingOrderId === undefined ? {} : { standing_order_id: happened.standingOrderId }),
      ...codeOf(operation.refusal ?? happened.suspenseReason ?? null),
      ...(happened.reason === undefined || happened.reason === null ? {} : { reason: happened.reason }),
    },
  });
}

const codeOf = (code: string | null) => (code === null ? {} : { code });

export type AccountOf = (id: string | null) => Pick<Account, 'name' | 'iban'> | undefined;

/** How the owner of an account knows it. */
export function accountLogged(account: Pick<Account, 'name' | 'iban'>) {
  return { account_name: account.name, ...numberOf(account) };
}

function numberOf({ iban }: Pick<Account, 'iban'>) {
  return iban === null ? {} : { account_iban: iban };
}

/** The account and the payee, in the words of the customer. A payee may read the entry too, so it never has the name that the payer gave their account. */
export function namesOf(operation: Operation, accountOf: AccountOf) {
  const definition = definitionOf(operation);
  const account = accountOf(operation.accountId ?? operation.fromAccountId);
  const payeeIban = operation.toIban ?? accountOf(operation.toAccountId)?.iban ?? null;
  return {
    ...(account === undefined ? {} : definition.movesMoney ? numberOf(account) : accountLogged(account)),
    ...(definition.namesPayer === true
      ? partyOf('payer', operation.toName, operation.toIban)
      : partyOf('payee', operation.toName, payeeIban)),
  };
}

function partyOf(party: 'payee' | 'payer', name: string | null, iban: string | null) {
  return {
    ...(name === null ? {} : { [party]: name }),
    ...(iban === null ? {} : { [`${party}_iban`]: iban }),
  };
}

/** The audit event of an agent's decision that was refused. It has no status, because the operation's hasn't changed; the customer doesn't see it. */
export function decisionRefused({
  operation,
  actor,
  decision,
  code,
  correlationId,
  now,
}: {
  operation: Operation;
  actor: Actor;
  decision: DecisionKind;
  code: string;
  correlationId: string | null;
  now: Date;
}): OutboxMessage {
  return actionLogged(now, correlationId, {
    action: 'DECISION_REFUSED',
    actor,
    subject: { type: 'operation', id: operation.id },
    operationId: operation.id,
    concerns: [],
    sentence: sentence`${plain(definitionOf(operation).title)} could not be decided: ${plain(code)}`,
    data: {
      operation_id: operation.id,
      type: operation.kind,
      amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
      currency: operation.currency,
      decision,
      code,
    },
  });
}

export type Mailed = Pick<OperationChange, 'operation' | 'correlationId' | 'now'> & {
  accountName: string | null;
};

/** The mail to the requester about the outcome. */
export function requesterMailed(
  happened: Mailed & { ending: MailData<'operation_decided'>['status']; reason: string | null },
): OutboxMessage {
  const { operation } = happened;
  return mailTo(happened, {
    template: definitionOf(operation).mail,
    data: {
      ...aboutOperation(happened),
      type: operation.kind,
      status: happened.ending,
      amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
      execute_on: operation.executeOn,
      reason: happened.reason,
    },
  });
}

/** The mail to the requester about a transfer with a date that waits for its day, is tried again, or came to nothing. */
export function datedMailed(
  happened: Mailed & { outcome: MailData<'dated_transfer'>['outcome']; dueOn: string | null },
): OutboxMessage {
  const { operation } = happened;
  return mailTo(happened, {
    template: 'dated_transfer',
    data: {
      ...aboutOperation(happened),
      outcome: happened.outcome,
      amount: toJsonMinor(amountOf(operation)),
      execute_on: operation.executeOn ?? '',
      due_on: happened.dueOn,
      refusal: EXECUTION_REFUSALS.find((code) => code === operation.refusal) ?? null,
    },
  });
}

export function aboutOperation({ operation, accountName }: Mailed) {
  return {
    operation_id: operation.id,
    currency: operation.currency,
    account_name: accountName,
    counterparty: operation.toName,
  };
}

export function mailTo(
  { operation, correlationId, now }: Mailed,
  content: MailContent<'operation_decided' | 'dated_transfer' | 'standing_order'>,
): OutboxMessage {
  return mailMessage({
    id: newId(now),
    time: now.toISOString(),
    to: { user_id: operation.requesterId },
    correlation_id: correlationId,
    ...content,
  });
}
