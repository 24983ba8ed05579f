import { THE_BANK } from '@guichet/contract';
import type { Actor } from '@guichet/contract/events';
import type { Trace } from '@guichet/tracing';
import type { Idempotency } from '../idempotency/outcome.ts';
import type { OperationInput } from './kinds/index.ts';
import type { SecondFactorState } from './kinds/kind.ts';
import type { OperationState } from './operation.ts';

/** What is requested, by whom, and how its outcome is stored. */
export interface OperationRequest {
  input: OperationInput;
  /** Null if the bank itself received it. */
  requester: Actor | null;
  correlationId: string;
  /** Where its events belong; its batch may have requests of several traces. */
  trace?: Trace | null;
  idempotency: Idempotency<OperationState> | null;
  secondFactor: SecondFactorState;
}

/** The request of a user. */
export type UserRequest = OperationRequest & { requester: Actor };

/** Whom an operation has as its requester. */
export function requesterOf({
  requester,
}: Pick<OperationRequest, 'requester'>): Pick<Actor, 'id' | 'username'> {
  return requester ?? THE_BANK;
}

/** Whether the bank itself requested an operation: then it concerns no user as its requester. */
export function isOfBank({ requesterId }: { requesterId: string }): boolean {
  return requesterId === THE_BANK.id;
}
