import { OPERATION_KINDS } from '@guichet/contract';
import { Id } from '@guichet/http';
import { toJsonMinor } from '@guichet/money';
import { z } from 'zod';
import type { ShownEntry } from './history-store.ts';

export const EntryView = z
  .object({
    id: Id,
    transfer_id: Id,
    operation_id: Id,
    posted_at: z.iso.datetime(),
    type: z.enum(OPERATION_KINDS),
    amount: z.int(),
    currency: z.string(),
    balance_after: z.int(),
    counterparty: z.object({ name: z.string().nullable(), iban: z.string().nullable() }).nullable(),
    reference: z.string().nullable(),
    reverses_transfer_id: Id.nullable(),
    reversed_by_transfer_id: Id.nullable(),
  })
  .meta({ id: 'Entry' });

/** A line of an account's history; `amount` is negative where money left. */
export function viewEntry(entry: ShownEntry) {
  const { counterpartyName: name, counterpartyIban: iban } = entry;
  return {
    id: entry.id,
    transfer_id: entry.transferId,
    operation_id: entry.operationId,
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

export const OperationEntryView = EntryView.omit({ balance_after: true })
  .extend({
    account_id: z
      .string()
      .meta({ description: 'An account, or one of the bank’s own: house:cash:EUR, house:clearing:EUR' }),
    balance_after: z.int().nullable(),
  })
  .meta({ id: 'OperationEntry' });

/** An entry of an operation; house accounts have no running balance. */
export function viewOperationEntry(entry: ShownEntry) {
  return {
    ...viewEntry(entry),
    account_id: entry.accountId,
    balance_after: entry.balanceAfterMinor === null ? null : toJsonMinor(entry.balanceAfterMinor),
  };
}
