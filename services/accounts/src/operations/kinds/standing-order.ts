import { isOrderDate, type OrderDates, orderDate } from '@guichet/calendar';
import type { OperationBody } from '@guichet/contract/accounts';
import { Problem, problems } from '@guichet/errors';
import { refuse } from '../../errors.ts';
import { type InvalidNumber, parsePayeeIban } from '../../ribs/read-payee-iban.ts';
import type { Operation } from '../operation.ts';
import { approvalsByAmount } from '../rules.ts';
import { actionsOf } from './actions.ts';
import { type ExternalTransferInput, externalTransfer } from './external-transfer.ts';
import { type InternalTransferInput, internalTransfer } from './internal-transfer.ts';
import type { Facts, OrderKind } from './kind.ts';

export interface StandingOrderInput {
  kind: 'standing_order';
  fromAccountId: string;
  to: { accountId: string } | { name: string; iban: string | InvalidNumber };
  amountMinor: bigint;
  reference: string | null;
  dates: OrderDates;
  replacesId: string | null;
}

/** The transfer that each of its payments will be. */
function paymentKindOf({ toIban }: Pick<Operation, 'toIban'>) {
  return toIban === null ? internalTransfer : externalTransfer;
}

/** A transfer that repeats. Agents approve it once; its payments need no other decision. */
export const standingOrder: OrderKind<StandingOrderInput> = {
  title: 'Standing order',
  actions: { ...actionsOf('STANDING_ORDER'), posted: 'STANDING_ORDER_ACTIVATED' },
  mail: 'operation_decided',
  requestedBy: 'member',
  accountField: 'fromAccountId',
  movesMoney: false,
  changes: 'order',
  leavesBank: true,
  confirmed: (input) => {
    const payment = paymentOf(input);
    return payment.kind === 'external_transfer' ? (externalTransfer.confirmed?.(payment) ?? null) : null;
  },
  read: (body: OperationBody<'standing_order'>) => {
    const { every, first_on: firstOn } = body;
    const last = body.count == null ? null : orderDate({ every, firstOn }, body.count - 1);
    return {
      kind: 'standing_order',
      fromAccountId: body.from_account_id,
      to:
        body.to === undefined
          ? { accountId: body.to_account_id as string }
          : { name: body.to.name, iban: parsePayeeIban(body.to) },
      amountMinor: BigInt(body.amount),
      reference: body.reference ?? null,
      dates: { every, firstOn, lastOn: body.last_on ?? last },
      replacesId: body.replaces_id ?? null,
    };
  },
  refuseInput: ({ to, dates }, today) => {
    const { firstOn, lastOn } = dates;
    if (!isOrderDate(firstOn, today)) return invalid('first_on', 'must be from tomorrow until a year ahead');
    if (lastOn !== null && lastOn < firstOn) return invalid('last_on', 'must not be before first_on');
    return 'iban' in to && typeof to.iban !== 'string' ? refuse[to.iban.refusal]() : null;
  },
  reads: ({ fromAccountId, to, replacesId }) => ({
    accounts: 'accountId' in to ? [fromAccountId, to.accountId] : [fromAccountId],
    ibans: 'iban' in to && typeof to.iban === 'string' ? [to.iban] : [],
    orders: replacesId === null ? [] : [replacesId],
  }),
  holdsOn: () => null,
  draft(input, facts) {
    const payment = paymentOf(input);
    const drafted =
      payment.kind === 'external_transfer'
        ? externalTransfer.draft(payment, facts)
        : internalTransfer.draft(payment, facts);
    if (drafted instanceof Problem) return drafted;
    const { replacesId } = input;
    if (replacesId !== null && facts.order(replacesId)?.ownerId !== facts.requesterId)
      return problems.not_found();
    return (
      refuseReplacing(replacesId, facts) ?? {
        ...drafted,
        executeOn: null,
        terms: { ...input.dates, replacesId },
      }
    );
  },
  refuse: (operation, facts) =>
    refusePayments(operation, facts) ??
    // It takes money again and again, so a code is needed whatever the amount.
    (operation.toIban !== null && facts.payout?.secondFactor === 'unchecked'
      ? refuse.totp_required()
      : null) ??
    refuseReplacing(facts.order(operation.id)?.replacesId ?? null, facts),
  approvals: approvalsByAmount,
};

/** The reason for which a payment could not be made even if there were money, or null. */
export function refusePayments(operation: Operation, facts: Facts): Problem | null {
  const kind = operation.toIban === null ? 'internal_transfer' : 'external_transfer';
  const moment = facts.moment === 'posting' ? 'scheduling' : facts.moment;
  // Like every transfer with a date, it needs its money on that day.
  const payment: Operation = { ...operation, kind, executeOn: operation.executeOn ?? '' };
  return paymentKindOf(operation).refuse(payment, { ...facts, moment });
}

/** Refuses to replace a standing order that has ended: what was requested was one in the place of another, not a second one. */
function refuseReplacing(replacesId: string | null, facts: Facts): Problem | null {
  const replaced = facts.order(replacesId);
  if (replaced === undefined) return null;
  return ['active', 'paused', 'suspended'].includes(replaced.state) ? null : refuse.order_not_active();
}

function paymentOf(input: StandingOrderInput): ExternalTransferInput | InternalTransferInput {
  const { fromAccountId, to, amountMinor, reference, dates } = input;
  const common = { fromAccountId, amountMinor, reference, executeOn: dates.firstOn };
  return 'iban' in to
    ? { kind: 'external_transfer', toName: to.name, toIban: to.iban, ...common }
    : { kind: 'internal_transfer', toAccountId: to.accountId, ...common };
}

function invalid(path: string, message: string): Problem {
  return problems.invalid_request(undefined, { errors: [{ path, message }] });
}
