import type { DecisionKind, OperationKind, PayeeCheckResult } from '@guichet/contract';
import type { ReceivedFile } from '../payment-files/received-file.ts';
import type { InterestRun } from '../products/interest-run.ts';
import type { StoredStatus } from './life.ts';
import type { StandingOrder } from './standing-order.ts';

/**
 * A request that waits or has waited for an agent; amounts in minor units of `currency`. For a change of the overdraft, `amountMinor` is the new
 * overdraft.
 */
export interface Operation {
  id: string;
  kind: OperationKind;
  status: StoredStatus;
  amountMinor: bigint | null;
  currency: string;
  accountId: string | null;
  fromAccountId: string | null;
  /** For a transfer within the bank. */
  toAccountId: string | null;
  /** The account on which the amount is held while the operation waits. A transfer with a date holds nothing: its money may arrive until then. */
  heldAccountId: string | null;
  toName: string | null;
  toIban: string | null;
  /** How `toName` compared with the verified name of the account's holder at the request; null if no name was given. */
  payeeCheck: PayeeCheckResult | null;
  /** Whether the requester sees it too; agents always do. */
  isPayeeCheckShown: boolean;
  reference: string | null;
  reason: string | null;
  reversesTransferId: string | null;
  /** The requested limits; null for a kind that sets none. */
  limits: Limits | null;
  /** The bank's day on which a transfer is to be executed, as `2026-10-31`; null: once it's approved. */
  executeOn: string | null;
  requesterId: string;
  requesterUsername: string;
  requiredApprovals: number;
  /** The agent whose approval alone decided it, without a reason; null if there is none. */
  approvedBy: string | null;
  /** The code of the refusal of the last approval. */
  refusal: string | null;
  correlationId: string | null;
  createdAt: Date;
  expiresAt: Date;
  decidedAt: Date | null;
}

/** An operation and the decisions on it, at one moment. */
export interface OperationState {
  operation: Operation;
  decisions: readonly Decision[];
  /** The day on which it's tried next, if it's scheduled. */
  dueOn: string | null;
  /** The standing order that it requests. */
  order: StandingOrder | null;
  /** The standing order of which it's a payment. */
  standingOrderId: string | null;
  /** The file that it posts. */
  file: ReceivedFile | null;
  /** The operation that the file was received as of which it's a payment, or of which it accepts a duplicate. */
  fileOperationId: string | null;
  /** The interest run that it requests. */
  run: InterestRun | null;
  /** The interest run that posted it. */
  runId: string | null;
}

/** Limits on what leaves an account; null is no limit. */
export interface Limits {
  operationMinor: bigint | null;
  dayMinor: bigint | null;
}

/** The amount of an operation whose kind has one. */
export function amountOf({ id, amountMinor }: Operation): bigint {
  if (amountMinor === null) throw new Error(`operation ${id} has no amount`);
  return amountMinor;
}

export interface Decision {
  operationId: string;
  agentId: string;
  agentUsername: string;
  decision: DecisionKind;
  reason: string | null;
  decidedAt: Date;
}
