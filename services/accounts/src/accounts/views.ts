import type { Account as AccountShown } from '@guichet/contract/accounts';
import { ribFromIban } from '@guichet/iban';
import { toJsonMinor } from '@guichet/money';
import type { BankRules } from '../deps.ts';
import { wholeMinor } from '../products/accrual.ts';
import { availableMinor } from './account.ts';
import type { AccountWithInterest } from './store.ts';

/** An account as its owner and the agents see it. `limits` are the account's own; null means the bank's. */
export function viewAccount(account: AccountWithInterest, rules: BankRules): AccountShown {
  return {
    id: account.id,
    owner_id: account.ownerId,
    owner_name: account.ownerName,
    name: account.name,
    type: account.type,
    product: account.product,
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
    accrued_interest: toJsonMinor(wholeMinor(account.accruedParts)),
    created_at: account.createdAt.toISOString(),
    opened_at: account.openedAt?.toISOString() ?? null,
    closed_at: account.closedAt?.toISOString() ?? null,
  };
}
