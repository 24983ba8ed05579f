import type { Account } from '@guichet/contract/accounts';
import type { OpenRequest } from './load-requests.ts';

/** What must be done before an account can be closed. The bank decides again when it is asked. */
export interface Closing {
  /** What can leave the account now. An overdraft is not the customer's money. */
  movableMinor: number;
  /** Whether another account of the customer can receive it. */
  hasTarget: boolean;
  /** The requests to wait for, or to withdraw; null while they can't be loaded. */
  requests: OpenRequest[] | null;
  /** What is reserved, but not by these requests. */
  otherReservedMinor: number;
  /** The request to close it that already waits. */
  requested: OpenRequest | null;
  /** How many other open accounts the customer has; null while it is unknown. */
  otherAccounts: number | null;
  isReady: boolean;
}

/** `owned` are the customer's open accounts. */
export function closingOf(
  account: Account,
  waiting: readonly OpenRequest[] | null,
  owned: readonly Account[] | null,
): Closing {
  const requests = waiting?.filter(({ type }) => type !== 'close_account') ?? null;
  const requested = waiting?.find(({ type }) => type === 'close_account') ?? null;
  const others = owned?.filter(({ id }) => id !== account.id) ?? null;
  const reserved = (requests ?? [])
    .filter(({ reserves }) => reserves)
    .reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  return {
    movableMinor: Math.max(0, account.balance - account.held),
    hasTarget: others?.some(({ currency }) => currency === account.currency) === true,
    requests,
    otherReservedMinor: requests === null ? account.held : Math.max(0, account.held - reserved),
    requested,
    otherAccounts: others?.length ?? null,
    isReady:
      account.balance === 0 && account.held === 0 && (requests ?? []).length === 0 && requested === null,
  };
}
