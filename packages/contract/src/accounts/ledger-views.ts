import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { OPERATION_KINDS } from '../lists/operations.ts';
import { AccountView } from './account-views.ts';

/** A line of an account's history; `amount` is negative where money left. */
export const EntryView = z
  .object({
    id: Id,
    transfer_id: Id,
    operation_id: Id,
    posted_at: Time,
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
export type Entry = z.output<typeof EntryView>;

/** An entry that an operation posted; house accounts have no running balance. */
export const OperationEntryView = EntryView.omit({ balance_after: true })
  .extend({
    account_id: z.string().meta({
      description:
        'An account, or one of the bank’s own: house:cash:EUR, house:clearing:EUR, house:settlement:EUR',
    }),
    balance_after: z.int().nullable(),
  })
  .meta({ id: 'OperationEntry' });
export type OperationEntry = z.output<typeof OperationEntryView>;

export const BalanceView = z.object({ balance: z.int(), currency: z.string(), at: Time });

export const StatementView = z.object({
  account: AccountView,
  month: z.string(),
  opening_balance: z.int(),
  closing_balance: z.int(),
  entries: z.array(EntryView),
});
export type Statement = z.output<typeof StatementView>;

export const ReconciliationView = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      checked: z.int(),
      broken: z.array(
        z.object({ id: z.string(), account_id: Id.nullable(), expected: z.string(), found: z.string() }),
      ),
    }),
  ),
  scope: z.enum(['full', 'new']).meta({
    description: 'full: the run read the whole ledger. new: what changed since it was last verified',
  }),
  verified_up_to: Time.nullable().meta({
    description: 'Everything until then reconciled; null after a full run that found a difference',
  }),
  last_full_run_at: Time.meta({ description: 'When the last full run began' }),
  finished_at: Time,
});
export type Reconciliation = z.output<typeof ReconciliationView>;
