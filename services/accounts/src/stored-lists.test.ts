import {
  ACCOUNT_STATUSES,
  ACCOUNT_TYPES,
  DECISIONS,
  FREQUENCIES,
  OPERATION_KINDS,
  PAYEE_CHECK_RESULTS,
} from '@guichet/contract';
import test from 'ava';
import { openTestBank } from './fixtures.ts';
import { STORED_STATUSES } from './operations/life.ts';
import { ORDER_STATES } from './operations/standing-order.ts';

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
    'standing_orders.every': [...FREQUENCIES],
    'standing_orders.state': [...ORDER_STATES],
  });
});
