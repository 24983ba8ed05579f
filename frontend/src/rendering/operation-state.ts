import type { Operation } from '@guichet/contract/accounts';

/** What the pages call the state of an operation: its status, `scheduled` or `failed`; a key under `operation_status`. */
export function stateOf(operation: Pick<Operation, 'status' | 'due_on' | 'execute_on' | 'refusal'>): string {
  const { status, due_on: dueOn, execute_on: executeOn, refusal } = operation;
  // A release before dated transfers doesn't send their fields.
  if (dueOn != null) return 'scheduled';
  return status === 'expired' && executeOn != null && refusal !== null ? 'failed' : status;
}
