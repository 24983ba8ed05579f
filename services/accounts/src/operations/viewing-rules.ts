import type { Role } from '@guichet/contract';
import { isWaiting } from './life.ts';
import type { Operation } from './operation.ts';

/** Whether an agent who reads the operation is about to decide on a customer's request: not on their own, nor on one that is already decided. */
export function isViewing(
  { status, requesterId }: Pick<Operation, 'status' | 'requesterId'>,
  reader: { userId: string; role: Role },
): boolean {
  return isWaiting(status) && reader.role === 'agent' && reader.userId !== requesterId;
}
