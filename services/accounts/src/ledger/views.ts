import type { Entry, OperationEntry } from '@guichet/contract/accounts';
import { toJsonMinor } from '@guichet/money';
import { nameHouseAccounts } from '../accounts/account.ts';
import { entryId, type ShownEntry } from './history-store.ts';

/** A line of an account's history; `amount` is negative where money left. */
export function viewEntry(entry: ShownEntry): Entry {
  const { counterpartyName: name, counterpartyIban: iban } = entry;
  return {
    id: entryId(entry),
    transfer_id: entry.transferId,
    operation_id: entry.transferId,
    posted_at: entry.postedAt.toISOString(),
    type: entry.kind,
    amount: toJsonMinor(entry.amountMinor),
    currency: entry.currency,
    balance_after: toJsonMinor(entry.balanceAfterMinor ?? 0n),
    counterparty: name === null && iban === null ? null : { name, iban },
    reference: entry.reference,
    reverses_transfer_id: entry.reversesTransferId,
    reversed_by_transfer_id: entry.reversedByTransferId,
  };
}

/** An entry of an operation; house accounts have no running balance. */
export function viewOperationEntry(entry: ShownEntry): OperationEntry {
  return {
    ...viewEntry(entry),
    account_id: nameHouseAccounts(entry.accountId),
    balance_after: entry.balanceAfterMinor === null ? null : toJsonMinor(entry.balanceAfterMinor),
  };
}
