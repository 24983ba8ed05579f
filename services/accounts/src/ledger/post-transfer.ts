import { newId } from '@guichet/database';
import { type Account, isHouseAccount } from '../accounts/account.ts';
import type { Entry, LedgerTransfer } from './store.ts';

/** An operation that is posted, as the ledger records it. */
export interface TransferOrder {
  id: string;
  kind: LedgerTransfer['kind'];
  amountMinor: bigint;
  currency: string;
  reference: string | null;
  transferId: string;
  reversesTransferId: string | null;
}

/** The other party, as the history shows it. */
export interface Counterparty {
  name: string | null;
  iban: string | null;
}

/** The two sides of a transfer, and how each shows the other. */
export interface Posting {
  debitAccountId: string;
  creditAccountId: string;
  /** What the debited side sees of the credited side, and vice versa. */
  shownToDebited: Counterparty | null;
  shownToCredited: Counterparty | null;
}

/**
 * Posts an operation's amount in double entry: moves it between the accounts that `locked` holds, in memory, and returns the
 * transfer and its two entries, which sum to zero. The caller has already checked every refusal, so this succeeds.
 */
export function postTransfer(
  operation: TransferOrder,
  posting: Posting,
  locked: ReadonlyMap<string, Account>,
  now: Date,
): { transfer: LedgerTransfer; entries: [Entry, Entry] } {
  const transfer: LedgerTransfer = {
    id: operation.transferId,
    operationId: operation.id,
    kind: operation.kind,
    amountMinor: operation.amountMinor,
    currency: operation.currency,
    debitAccountId: posting.debitAccountId,
    creditAccountId: posting.creditAccountId,
    reference: operation.reference,
    reversesId: operation.reversesTransferId,
    postedAt: now,
  };
  return {
    transfer,
    entries: [
      enter(transfer, posting.debitAccountId, -transfer.amountMinor, posting.shownToDebited, locked),
      enter(transfer, posting.creditAccountId, transfer.amountMinor, posting.shownToCredited, locked),
    ],
  };
}

function enter(
  transfer: LedgerTransfer,
  accountId: string,
  amountMinor: bigint,
  counterparty: Counterparty | null,
  locked: ReadonlyMap<string, Account>,
): Entry {
  const account = isHouseAccount(accountId) ? null : locked.get(accountId);
  if (account === undefined) throw new Error(`account ${accountId} is posted to without a lock`);
  if (account !== null) {
    account.balanceMinor += amountMinor;
    account.entryCount += 1n;
  }
  return {
    id: newId(transfer.postedAt),
    transferId: transfer.id,
    operationId: transfer.operationId,
    accountId,
    number: account?.entryCount ?? null,
    kind: transfer.kind,
    amountMinor,
    currency: transfer.currency,
    balanceAfterMinor: account?.balanceMinor ?? null,
    counterpartyName: counterparty?.name ?? null,
    counterpartyIban: counterparty?.iban ?? null,
    reference: transfer.reference,
    postedAt: transfer.postedAt,
  };
}
