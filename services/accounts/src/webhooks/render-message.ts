import { WEBHOOK_TEST } from '@guichet/contract';
import type { Operation as OperationShown, WebhookPayload } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { findAccountWithInterest } from '../accounts/store.ts';
import { viewAccount } from '../accounts/views.ts';
import type { Deps } from '../deps.ts';
import { findEntry } from '../ledger/history-store.ts';
import { viewOperationEntry } from '../ledger/views.ts';
import { findOrders } from '../operations/order-store.ts';
import { readOperations } from '../operations/store.ts';
import { viewOperations } from '../operations/view-operations.ts';
import type { Viewer } from '../operations/views.ts';
import { viewOrders } from '../standing-orders/views.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** The body of a message: what the API shows the webhook's owner. */
export async function renderMessage(
  deps: Pick<Deps, 'db' | 'rules'>,
  { role }: Pick<Webhook, 'role'>,
  delivery: Delivery,
): Promise<string> {
  const viewer: Viewer = role === 'agent' ? 'agent' : 'requester';
  const payload = await payloadOf(deps, viewer, delivery);
  return JSON.stringify(payload);
}

async function payloadOf(
  { db, rules }: Pick<Deps, 'db' | 'rules'>,
  viewer: Viewer,
  { type, operationId, accountId, number, happenedAt, webhookId }: Delivery,
): Promise<WebhookPayload> {
  const timestamp = happenedAt.toISOString();
  switch (type) {
    case 'operation.requested':
    case 'operation.posted':
    case 'operation.rejected':
    case 'operation.cancelled':
    case 'operation.expired': {
      const operations = await queryOnce(db, readOperations([operationId ?? '']));
      const [shown] = await viewOperations(db, [...operations.values()], viewer);
      const data = asOf(type, found(shown));
      return { type, timestamp, data };
    }
    case 'account.opened':
    case 'account.closed': {
      const account = found(await queryOnce(db, findAccountWithInterest(accountId ?? '')));
      return { type, timestamp, data: viewAccount(account, rules) };
    }
    case 'account.credited':
    case 'account.debited': {
      const entry = found(await findEntry(db, accountId ?? '', number ?? 0n));
      return { type, timestamp, data: viewOperationEntry({ ...entry, reversedByTransferId: null }) };
    }
    case 'standing_order.skipped': {
      const orders = await queryOnce(db, findOrders([operationId ?? '']));
      const [data] = await viewOrders(db, [...orders.values()], viewer);
      return { type, timestamp, data: found(data) };
    }
    case WEBHOOK_TEST:
      return { type, timestamp, data: { webhook_id: webhookId } };
  }
}

/** An operation as it was when it happened: it may have gone on before the message is written. */
function asOf(type: Delivery['type'], shown: OperationShown): OperationShown {
  const unreversed = { ...shown, reversed_by_transfer_id: null, reversed_at: null };
  if (type !== 'operation.requested') return unreversed;
  return {
    ...unreversed,
    status: 'pending',
    decisions: [],
    due_on: null,
    transfer_id: null,
    refusal: null,
    decided_at: null,
  };
}

function found<Row>(row: Row | null | undefined): Row {
  if (row === null || row === undefined) throw new Error('what a webhook is notified of is missing');
  return row;
}
