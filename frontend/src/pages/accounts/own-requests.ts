import type { Entry } from '@guichet/contract/accounts';

/** Whether the owner of the account requested it, so that they can open it: not what others sent, and no correction by an agent. */
export function isRequestOfOwner({ type, amount }: Entry): boolean {
  if (type === 'external_transfer') return amount < 0;
  return type === 'deposit' || type === 'withdrawal' || type === 'internal_transfer';
}
