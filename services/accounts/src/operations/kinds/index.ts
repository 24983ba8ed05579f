import type { OperationKind } from '@guichet/contract';
import type { Operation } from '../operation.ts';
import { type CloseAccountInput, closeAccount } from './close-account.ts';
import { type DepositInput, deposit } from './deposit.ts';
import { type DuplicateAcceptanceInput, duplicateAcceptance } from './duplicate-acceptance.ts';
import { type ExternalTransferInput, externalTransfer } from './external-transfer.ts';
import { type IncomingPaymentInput, incomingPayment } from './incoming-payment.ts';
import {
  type FeeInput,
  fee,
  type InterestInput,
  type InterestRunInput,
  interest,
  interestRun,
  type OverdraftInterestInput,
  overdraftInterest,
} from './interest-run.ts';
import { type InternalTransferInput, internalTransfer } from './internal-transfer.ts';
import type { KindDefinition } from './kind.ts';
import { type OpenAccountInput, openAccount } from './open-account.ts';
import {
  type IncomingPaymentsInput,
  incomingPayments,
  type ReturnedPaymentsInput,
  returnedPayments,
} from './payment-file.ts';
import { type RenewRibInput, renewRib } from './renew-rib.ts';
import { type ReversalInput, reversal } from './reversal.ts';
import { type SetLimitsInput, setLimits } from './set-limits.ts';
import { type SetOverdraftInput, setOverdraft } from './set-overdraft.ts';
import { type StandingOrderInput, standingOrder } from './standing-order.ts';
import {
  type SuspenseAssignmentInput,
  type SuspenseReturnInput,
  suspenseAssignment,
  suspenseReturn,
} from './suspense.ts';
import { type WithdrawalInput, withdrawal } from './withdrawal.ts';

/** The content of a request; amounts in minor units, IBANs normalized. */
export type OperationInput =
  | OpenAccountInput
  | CloseAccountInput
  | RenewRibInput
  | DepositInput
  | WithdrawalInput
  | InternalTransferInput
  | ExternalTransferInput
  | ReversalInput
  | SetOverdraftInput
  | SetLimitsInput
  | StandingOrderInput
  | IncomingPaymentsInput
  | IncomingPaymentInput
  | ReturnedPaymentsInput
  | SuspenseAssignmentInput
  | SuspenseReturnInput
  | DuplicateAcceptanceInput
  | InterestRunInput
  | InterestInput
  | OverdraftInterestInput
  | FeeInput;

/** Every kind of operation. A kind that is missing, or is listed under another's name, does not compile. */
export const DEFINITIONS: Readonly<Record<OperationKind, KindDefinition>> = {
  open_account: openAccount,
  close_account: closeAccount,
  renew_rib: renewRib,
  deposit,
  withdrawal,
  internal_transfer: internalTransfer,
  external_transfer: externalTransfer,
  reversal,
  set_overdraft: setOverdraft,
  set_limits: setLimits,
  standing_order: standingOrder,
  incoming_payments: incomingPayments,
  incoming_payment: incomingPayment,
  returned_payments: returnedPayments,
  suspense_assignment: suspenseAssignment,
  suspense_return: suspenseReturn,
  duplicate_acceptance: duplicateAcceptance,
  interest_run: interestRun,
  interest,
  overdraft_interest: overdraftInterest,
  fee,
} satisfies { [K in OperationKind]: KindDefinition<Extract<OperationInput, { kind: K }>> };

export function definitionOf({ kind }: { kind: OperationKind }): KindDefinition {
  return DEFINITIONS[kind];
}

/** The id of the transfer of a posted operation, which is its own; null if it is not posted or moves no money. */
export function transferOf({
  id,
  kind,
  status,
  amountMinor,
}: Pick<Operation, 'id' | 'kind' | 'status' | 'amountMinor'>): string | null {
  return status === 'posted' && DEFINITIONS[kind].movesMoney && amountMinor !== 0n ? id : null;
}

/** Whether money moves because an operation is approved, at once or on the days of a standing order. */
export function approvesMoney(operation: Pick<Operation, 'kind'>): boolean {
  const definition = definitionOf(operation);
  return definition.movesMoney || definition.changes !== 'account';
}

/** Whether the amount of an operation is held, on the account of its kind's `accountField`, while it waits. */
export function takesHold(operation: Pick<Operation, 'kind' | 'executeOn'>): boolean {
  const definition = definitionOf(operation);
  return definition.movesMoney && definition.takesHold && operation.executeOn === null;
}

const kindsThat = (matches: (definition: KindDefinition) => boolean) =>
  (Object.keys(DEFINITIONS) as OperationKind[]).filter((kind) => matches(DEFINITIONS[kind]));

/** The kinds whose money leaves the bank once they are posted. */
export const LEAVING_KINDS = kindsThat(({ movesMoney, leavesBank }) => movesMoney && leavesBank);

/** The kinds whose amount is held while they wait. */
export const HOLDING_KINDS = kindsThat((definition) => definition.movesMoney && definition.takesHold);

/** The kinds that are posted as a transfer in the ledger. */
export const MONEY_KINDS = kindsThat(({ movesMoney }) => movesMoney);
