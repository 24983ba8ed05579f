import type { OperationKind } from '@guichet/contract';
import {
  constant,
  type Query,
  type Read,
  select,
  sql,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';

/**
 * A posted transfer of `amountMinor` from the debited to the credited account, with the id of its operation. Each side names its entry by account and
 * number. The bank's own accounts have no entries: what they pay and receive is the transfer itself.
 */
export interface LedgerTransfer {
  id: string;
  amountMinor: bigint;
  currency: string;
  debitAccountId: string;
  debitNumber: bigint;
  creditAccountId: string;
  creditNumber: bigint;
  reversesId: string | null;
  postedAt: Date;
}

/** The number of a side that is one of the bank's own accounts. */
export const HOUSE_NUMBER = 0n;

/** A transfer in the ledger, with its kind, and the payee as the requester named it; null for cash and between own accounts. */
export type PostedTransfer = LedgerTransfer & {
  kind: OperationKind;
  payee: { name: string | null; iban: string } | null;
};

/** A customer's side of a transfer, by account and number: numbers have no gaps, in the order of posting. */
export interface Entry {
  accountId: string;
  number: bigint;
  transferId: string;
  kind: OperationKind;
  amountMinor: bigint;
  balanceAfterMinor: bigint;
  postedAt: Date;
  counterpartyName: string | null;
  counterpartyIban: string | null;
  reference: string | null;
}

const transfers = table<LedgerTransfer>('transfers', {
  id: uuidColumn('id'),
  amountMinor: 'amount',
  currency: 'currency',
  debitAccountId: uuidColumn('debit_account_id'),
  debitNumber: 'debit_number',
  creditAccountId: uuidColumn('credit_account_id'),
  creditNumber: 'credit_number',
  reversesId: uuidColumn('reverses_id'),
  postedAt: 'posted_at',
});

export const entries = table<Entry>('entries', {
  accountId: uuidColumn('account_id'),
  number: 'number',
  transferId: uuidColumn('transfer_id'),
  kind: 'type',
  amountMinor: 'amount',
  balanceAfterMinor: 'balance_after',
  postedAt: 'posted_at',
  counterpartyName: 'counterparty_name',
  counterpartyIban: 'counterparty_iban',
  reference: 'reference',
});

/** The transfer of an operation; null if there is none. */
export function findTransfer(id: string): Read<LedgerTransfer | null> {
  return transfers.find(sql`id = ${uuid(id)}`);
}

export function insertTransfers(given: readonly LedgerTransfer[]): Query<void> {
  return transfers.insert(given);
}

export function insertEntries(given: readonly Entry[]): Query<void> {
  return entries.insert(given);
}

type TransferRow = LedgerTransfer & {
  kind: OperationKind;
  payeeName: string | null;
  payeeIban: string | null;
};

export function findTransfers(ids: Iterable<string>): Query<Map<string, PostedTransfer>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT ${transfers.columns}, operations.type AS kind, operations.to_name AS payeeName, operations.to_iban AS payeeIban
     FROM transfers JOIN operations ON operations.id = transfers.id WHERE transfers.id IN (${uuids(wanted)})`,
    (rows: TransferRow[]) =>
      new Map(
        rows.map(({ payeeName, payeeIban, ...transfer }) => {
          const payee = payeeIban === null ? null : { name: payeeName, iban: payeeIban };
          return [transfer.id, { ...transfer, payee }];
        }),
      ),
  );
}

/** The transfers among these that another one reverses. */
export function findReversedTransfers(ids: readonly string[]): Query<Set<string>> {
  if (ids.length === 0) return constant(new Set());
  return select(
    sql`SELECT reverses_id AS id FROM transfers WHERE reverses_id IN (${uuids(ids)})`,
    (rows: { id: string }[]) => new Set(rows.map(({ id }) => id)),
  );
}
