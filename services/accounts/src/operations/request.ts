import type { Actor } from '@guichet/events';
import type { IdempotencyKey } from '../idempotency/answer.ts';
import type { OperationInput } from './kinds/index.ts';
import type { SecondFactorState } from './kinds/kind.ts';

/** What is requested, by whom, and how its answer is found again. */
export interface OperationRequest {
  input: OperationInput;
  requester: Actor;
  correlationId: string;
  idempotency: IdempotencyKey | null;
  secondFactor: SecondFactorState;
}
