import type { OperationKind } from '@guichet/contract';
import { constant, insertInto, type Statement, select } from '@guichet/database';

/** What was posted: `amountMinor` from the debited to the credited account. */
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

export function insertTransfers(transfers: readonly LedgerTransfer[]): Statement<void> {
  return insertInto(
    'transfers',
    [
      'id',
      'operation_id',
      'type',
      'amount',
      'currency',
      'debit_account_id',
      'credit_account_id',
      'reference',
      'reverses_id',
      'posted_at',
    ],
    transfers.map((one) => [
      one.id,
      one.operationId,
      one.kind,
      one.amountMinor,
      one.currency,
      one.debitAccountId,
      one.creditAccountId,
      one.reference,
      one.reversesId,
      one.postedAt,
    ]),
  );
}

export function insertEntries(entries: readonly Entry[]): Statement<void> {
  return insertInto(
    'entries',
    [
      'id',
      'transfer_id',
      'operation_id',
      'account_id',
      'number',
      'type',
      'amount',
      'currency',
      'balance_after',
      'counterparty_name',
      'counterparty_iban',
      'reference',
      'posted_at',
    ],
    entries.map((one) => [
      one.id,
      one.transferId,
      one.operationId,
      one.accountId,
      one.number,
      one.kind,
      one.amountMinor,
      one.currency,
      one.balanceAfterMinor,
      one.counterpartyName,
      one.counterpartyIban,
      one.reference,
      one.postedAt,
    ]),
  );
}

interface TransferRow {
  id: string;
  operation_id: string;
  type: OperationKind;
  amount: bigint;
  currency: string;
  debit_account_id: string;
  credit_account_id: string;
  reference: string | null;
  reverses_id: string | null;
  posted_at: Date;
}

function toTransfer(row: TransferRow): LedgerTransfer {
  return {
    id: row.id,
    operationId: row.operation_id,
    kind: row.type,
    amountMinor: row.amount,
    currency: row.currency,
    debitAccountId: row.debit_account_id,
    creditAccountId: row.credit_account_id,
    reference: row.reference,
    reversesId: row.reverses_id,
    postedAt: row.posted_at,
  };
}

export function findTransfers(ids: Iterable<string>): Statement<Map<string, PostedTransfer>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    `SELECT transfers.*, operations.to_name, operations.to_iban
     FROM transfers JOIN operations ON operations.id = transfers.operation_id WHERE transfers.id IN (?)`,
    [wanted],
    (rows: (TransferRow & { to_name: string | null; to_iban: string | null })[]) =>
      new Map(
        rows.map((row) => {
          const payee = row.to_iban === null ? null : { name: row.to_name, iban: row.to_iban };
          return [row.id, { ...toTransfer(row), payee }];
        }),
      ),
  );
}

/** Which of the transfers another one reverses. */
export function findReversedTransfers(ids: readonly string[]): Statement<Set<string>> {
  if (ids.length === 0) return constant(new Set());
  return select(
    'SELECT reverses_id FROM transfers WHERE reverses_id IN (?)',
    [ids],
    (rows: { reverses_id: string }[]) => new Set(rows.map((row) => row.reverses_id)),
  );
}
