import type { OperationKind } from '@guichet/contract';
import { type Account, isHouseAccount } from '../accounts/account.ts';
import { type Entry, HOUSE_NUMBER, type LedgerTransfer } from './store.ts';

/** An operation that is posted, as the ledger records it. */
export interface TransferOrder {
  id: string;
  kind: OperationKind;
  amountMinor: bigint;
  currency: string;
  reference: string | null;
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
 * transfer and an entry for each customer's side. The bank's own side is the transfer itself. The caller has already checked every refusal, so this
 * succeeds.
 */
export function postTransfer(
  operation: TransferOrder,
  posting: Posting,
  locked: ReadonlyMap<string, Account>,
  now: Date,
): { transfer: LedgerTransfer; entries: Entry[] } {
  const { id, amountMinor, kind, reference } = operation;
  const { debitAccountId, creditAccountId } = posting;
  const common = { transferId: id, kind, reference, postedAt: now };
  const debit = enter(
    { ...common, amountMinor: -amountMinor },
    debitAccountId,
    posting.shownToDebited,
    locked,
  );
  const credit = enter({ ...common, amountMinor }, creditAccountId, posting.shownToCredited, locked);
  return {
    transfer: {
      id,
      amountMinor,
      currency: operation.currency,
      debitAccountId,
      debitNumber: debit?.number ?? HOUSE_NUMBER,
      creditAccountId,
      creditNumber: credit?.number ?? HOUSE_NUMBER,
      reversesId: operation.reversesTransferId,
      postedAt: now,
    },
    entries: [debit, credit].filter((entry) => entry !== null),
  };
}

/** The entry of a customer's side; null for the bank's own account. */
function enter(
  common: Pick<Entry, 'transferId' | 'kind' | 'reference' | 'postedAt' | 'amountMinor'>,
  accountId: string,
  counterparty: Counterparty | null,
  locked: ReadonlyMap<string, Account>,
): Entry | null {
  if (isHouseAccount(accountId)) return null;
  const account = locked.get(accountId);
  if (account === undefined) throw new Error(`account ${accountId} is posted to without a lock`);
  account.balanceMinor += common.amountMinor;
  account.entryCount += 1n;
  return {
    ...common,
    accountId,
    number: account.entryCount,
    balanceAfterMinor: account.balanceMinor,
    counterpartyName: counterparty?.name ?? null,
    counterpartyIban: counterparty?.iban ?? null,
  };
}
