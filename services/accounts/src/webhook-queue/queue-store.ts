import type { WebhookEvent } from '@guichet/contract';
import {
  change,
  constant,
  inTransaction,
  join,
  newId,
  type Read,
  select,
  sql,
  type TransactionQuery,
  uuid,
} from '@guichet/database';
import type { Entry } from '../ledger/store.ts';

/** Something that webhooks are notified of. */
export interface Happening {
  type: WebhookEvent;
  /** The member it belongs to: no other member is notified. Agents are notified of everything. */
  ownerId: string | null;
  /** Its operation, or the standing order, which has the id of one. */
  operationId: string | null;
  accountId: string | null;
  /** The number of the account's entry. */
  number: bigint | null;
}

/** Of an operation, or of a standing order, which has the id of one. */
export function aboutOperation(type: WebhookEvent, operationId: string, ownerId: string | null): Happening {
  return { type, ownerId, operationId, accountId: null, number: null };
}

export function aboutAccount(type: WebhookEvent, accountId: string, ownerId: string | null): Happening {
  return { type, ownerId, operationId: null, accountId, number: null };
}

/** The credit or debit of an account, for its owner. */
export function aboutEntry(
  { accountId, number, amountMinor }: Pick<Entry, 'accountId' | 'number' | 'amountMinor'>,
  ownerOf: (accountId: string) => string | null,
): Happening {
  const type = amountMinor < 0n ? 'account.debited' : 'account.credited';
  return { ...aboutAccount(type, accountId, ownerOf(accountId)), number };
}

/** Whether there is any webhook to notify: without one, nothing more is sent to the database. */
export function hasWebhooks(): Read<boolean> {
  return select(
    sql`SELECT 1 FROM webhooks WHERE status = 'active' LIMIT 1`,
    (rows: unknown[]) => rows.length > 0,
  );
}

/**
 * Writes a row for each webhook that is to be notified, in the transaction of the change and in the given order. It's one statement that locks no webhook,
 * and writes nothing if none matches. A message has the same id for all webhooks.
 */
export function queueMessages(happenings: readonly Happening[], now: Date): TransactionQuery<unknown> {
  if (happenings.length === 0) return constant(0);
  const idOr = (id: string | null) => (id === null ? null : uuid(id));
  const rows = happenings.map(
    ({ type, ownerId, operationId, accountId, number }, place) =>
      sql`SELECT ${place}, ${uuid(newId(now))}, ${type}, ${idOr(ownerId)}, ${idOr(operationId)}, ${idOr(accountId)}, ${number}`,
  );
  const matching = (
    join: ReturnType<typeof sql>,
  ) => sql`SELECT webhooks.id AS webhook_id, happened.place, happened.id, happened.type, happened.operation_id,
      happened.account_id, happened.number FROM happened JOIN webhooks ON webhooks.status = 'active' AND ${join}
      AND FIND_IN_SET(happened.type, webhooks.events)`;
  return inTransaction(
    change(sql`INSERT INTO webhook_deliveries (webhook_id, id, type, operation_id, account_id, number, happened_at)
      WITH happened (place, id, type, owner_id, operation_id, account_id, number) AS (${join(rows, sql` UNION ALL `)})
      SELECT webhook_id, id, type, operation_id, account_id, number, ${now} FROM (
        ${matching(sql`webhooks.role = 'agent'`)}
        UNION ALL
        ${matching(sql`webhooks.role = 'member' AND webhooks.owner_id = happened.owner_id`)}
      ) AS matched ORDER BY place, webhook_id`),
  );
}
