import type { IncomingItem } from '@guichet/contract/accounts';
import { toJsonMinor } from '@guichet/money';
import type { ReceivedItem } from '../payment-files/received-file.ts';

/** A payment of a file as agents see it. */
export function viewItem(item: ReceivedItem): IncomingItem {
  return {
    id: item.id,
    operation_id: item.fileId,
    end_to_end_id: item.endToEndId,
    amount: toJsonMinor(item.amountMinor),
    currency: item.currency,
    debtor: { name: item.debtorName, iban: item.debtorIban },
    creditor_iban: item.creditorIban,
    reference: item.reference,
    status: item.status,
    account_id: item.accountId,
    reason: item.reason,
    resolution_id: item.resolutionId,
    acceptance_id: item.acceptanceId,
    created_at: item.receivedAt.toISOString(),
  };
}
