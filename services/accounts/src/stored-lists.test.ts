import {
  ACCOUNT_STATUSES,
  ACCOUNT_TYPES,
  BATCH_STATUSES,
  DECISIONS,
  DELIVERY_ERRORS,
  DELIVERY_STATUSES,
  FREQUENCIES,
  INCOMING_STATUSES,
  INTEREST_LINE_KINDS,
  INTEREST_LINE_STATUSES,
  INTEREST_RUN_STATES,
  OPERATION_KINDS,
  PAYEE_CHECK_RESULTS,
  WEBHOOK_MESSAGES,
  WEBHOOK_STATUSES,
  WEBHOOK_TROUBLES,
} from '@guichet/contract';
import test from 'ava';
import { openTestBank } from './fixtures.ts';
import { STORED_STATUSES } from './operations/life.ts';
import { OUTGOING_STATES } from './operations/outgoing-store.ts';
import { ORDER_STATES } from './operations/standing-order.ts';
import { FILE_STATES } from './payment-files/received-file.ts';

test('the columns with one of a few values have exactly those of the contract', async (t) => {
  const bank = await openTestBank();
  t.teardown(() => bank.close());
  const [rows] = await bank.owner.raw(
    `SELECT table_name AS tableName, column_name AS columnName, column_type AS type FROM information_schema.columns
     WHERE table_schema = DATABASE() AND data_type = 'enum' ORDER BY table_name, column_name`,
  );
  const listed = (rows as { tableName: string; columnName: string; type: string }[]).map(
    ({ tableName, columnName, type }) => [
      `${tableName}.${columnName}`,
      [...type.matchAll(/'([^']*)'/g)].map(([, value]) => value),
    ],
  );
  t.deepEqual(Object.fromEntries(listed), {
    'accounts.status': [...ACCOUNT_STATUSES],
    'accounts.type': [...ACCOUNT_TYPES],
    'decisions.decision': [...DECISIONS],
    'entries.type': [...OPERATION_KINDS],
    'operations.payee_check': [...PAYEE_CHECK_RESULTS],
    'operations.status': STORED_STATUSES,
    'operations.type': [...OPERATION_KINDS],
    'interest_lines.kind': [...INTEREST_LINE_KINDS],
    'interest_lines.status': [...INTEREST_LINE_STATUSES],
    'interest_runs.state': [...INTEREST_RUN_STATES],
    'payment_files.state': [...FILE_STATES],
    'payment_items.status': [...INCOMING_STATUSES],
    'products.type': [...ACCOUNT_TYPES],
    'outgoing_transfers.state': [...OUTGOING_STATES],
    'payment_batches.status': [...BATCH_STATUSES],
    'standing_orders.every': [...FREQUENCIES],
    'standing_orders.state': [...ORDER_STATES],
    'webhook_deliveries.error': [...DELIVERY_ERRORS],
    'webhook_deliveries.status': [...DELIVERY_STATUSES],
    'webhook_deliveries.type': [...WEBHOOK_MESSAGES],
    'webhooks.status': [...WEBHOOK_STATUSES],
    'webhooks.trouble': [...WEBHOOK_TROUBLES],
  });
});
