import { Id } from '@guichet/http';
import { ribFromIban } from '@guichet/iban';
import { toJsonMinor } from '@guichet/money';
import { z } from 'zod';
import type { BankRules } from '../bank.ts';
import { type Account, availableMinor } from './account.ts';

const time = z.iso.datetime();
const minor = z.int();

export const RibView = z
  .object({ bank: z.string(), branch: z.string(), number: z.string(), key: z.string() })
  .meta({ id: 'Rib' });

export const AccountView = z
  .object({
    id: Id,
    owner_id: Id,
    owner_name: z.string(),
    name: z.string(),
    type: z.enum(['current', 'savings']),
    currency: z.string(),
    status: z.enum(['pending', 'open', 'rejected', 'closed']),
    rib: RibView.nullable(),
    iban: z.string().nullable(),
    bic: z.string(),
    balance: minor,
    held: minor,
    available: minor,
    overdraft: minor,
    limits: z.object({ operation: minor.nullable(), day: minor.nullable() }),
    created_at: time,
    opened_at: time.nullable(),
    closed_at: time.nullable(),
  })
  .meta({ id: 'Account' });

/** An account as its owner and the agents see it. `limits` are the account's own; null means the bank's. */
export function viewAccount(account: Account & { ownerName: string }, rules: BankRules) {
  return {
    id: account.id,
    owner_id: account.ownerId,
    owner_name: account.ownerName,
    name: account.name,
    type: account.type,
    currency: account.currency,
    status: account.status,
    rib: account.iban === null ? null : ribFromIban(account.iban),
    iban: account.iban,
    bic: rules.bic,
    balance: toJsonMinor(account.balanceMinor),
    held: toJsonMinor(account.heldMinor),
    available: toJsonMinor(availableMinor(account)),
    overdraft: toJsonMinor(account.overdraftMinor),
    limits: {
      operation: account.limitOperationMinor === null ? null : toJsonMinor(account.limitOperationMinor),
      day: account.limitDayMinor === null ? null : toJsonMinor(account.limitDayMinor),
    },
    created_at: account.createdAt.toISOString(),
    opened_at: account.openedAt?.toISOString() ?? null,
    closed_at: account.closedAt?.toISOString() ?? null,
  };
}
