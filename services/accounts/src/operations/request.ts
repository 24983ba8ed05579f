import type { Actor } from '@guichet/contract/events';
import type { Trace } from '@guichet/tracing';
import type { Idempotency } from '../idempotency/outcome.ts';
import type { OperationInput } from './kinds/index.ts';
import type { SecondFactorState } from './kinds/kind.ts';
import type { OperationState } from './operation.ts';

/** What is requested, by whom, and how its outcome is stored. */
export interface OperationRequest {
  input: OperationInput;
  requester: Actor;
  correlationId: string;
  /** Where its events belong; its batch may have requests of several traces. */
  trace?: Trace | null;
  idempotency: Idempotency<OperationState> | null;
  secondFactor: SecondFactorState;
}
