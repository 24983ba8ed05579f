import type { OperationKind } from '@guichet/contract';
import { constant, type Query, select, sql, table, uuidColumn, uuids } from '@guichet/database';

/** A posted transfer of `amountMinor` from the debited to the credited account. */
export interface LedgerTransfer {
  id: string;
  operationId: string;
  kind: OperationKind;
  amountMinor: bigint;
  currency: string;
  debitAccountId: string;
  creditAccountId: string;
  reference: string | null;
  reversesId: string | null;
  postedAt: Date;
}

/** A transfer in the ledger, with the payee as the requester named it; null for cash and between own accounts. */
export type PostedTransfer = LedgerTransfer & { payee: { name: string | null; iban: string } | null };

/** One side of a transfer; the two sum to zero. A house account's entry has no number and no balance. */
export interface Entry {
  id: string;
  transferId: string;
  operationId: string;
  accountId: string;
  number: bigint | null;
  kind: OperationKind;
  amountMinor: bigint;
  currency: string;
  balanceAfterMinor: bigint | null;
  counterpartyName: string | null;
  counterpartyIban: string | null;
  reference: string | null;
  postedAt: Date;
}

const transfers = table<LedgerTransfer>('transfers', {
  id: uuidColumn('id'),
  operationId: uuidColumn('operation_id'),
  kind: 'type',
  amountMinor: 'amount',
  currency: 'currency',
  debitAccountId: uuidColumn('debit_account_id'),
  creditAccountId: uuidColumn('credit_account_id'),
  reference: 'reference',
  reversesId: uuidColumn('reverses_id'),
  postedAt: 'posted_at',
});

export const entries = table<Entry>('entries', {
  id: uuidColumn('id'),
  transferId: uuidColumn('transfer_id'),
  operationId: uuidColumn('operation_id'),
  accountId: uuidColumn('account_id'),
  number: 'number',
  kind: 'type',
  amountMinor: 'amount',
  currency: 'currency',
  balanceAfterMinor: 'balance_after',
  counterpartyName: 'counterparty_name',
  counterpartyIban: 'counterparty_iban',
  reference: 'reference',
  postedAt: 'posted_at',
});

export function insertTransfers(given: readonly LedgerTransfer[]): Query<void> {
  return transfers.insert(given);
}

export function insertEntries(given: readonly Entry[]): Query<void> {
  return entries.insert(given);
}

type TransferRow = LedgerTransfer & { payeeName: string | null; payeeIban: string | null };

export function findTransfers(ids: Iterable<string>): Query<Map<string, PostedTransfer>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT ${transfers.columns}, operations.to_name AS payeeName, operations.to_iban AS payeeIban
     FROM transfers JOIN operations ON operations.id = transfers.operation_id WHERE transfers.id IN (${uuids(wanted)})`,
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
