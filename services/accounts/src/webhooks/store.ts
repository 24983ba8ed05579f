import { type DeliveryStatus, WEBHOOKS_MAX, type WebhookEvent, type WebhookStatus } from '@guichet/contract';
import {
  allOf,
  change,
  constant,
  flag,
  inTransaction,
  type Query,
  type Read,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
} from '@guichet/database';
import type { Person } from '../people/store.ts';
import type { Delivery, Webhook } from './webhook.ts';

const webhooks = table<Webhook>('webhooks', {
  id: uuidColumn('id'),
  ownerId: uuidColumn('owner_id'),
  role: 'role',
  url: 'url',
  events: {
    column: 'events',
    read: (stored: string) => stored.split(',') as WebhookEvent[],
    write: (events) => events.join(','),
  },
  description: 'description',
  status: 'status',
  trouble: 'trouble',
  secret: 'secret',
  previousSecret: 'previous_secret',
  previousUntil: 'previous_until',
  failures: 'failures',
  failingSince: 'failing_since',
  retryAt: 'retry_at',
  isDeathTold: flag('death_told'),
  createdAt: 'created_at',
});

const deliveries = table<Delivery>('webhook_deliveries', {
  webhookId: uuidColumn('webhook_id'),
  sequence: 'sequence',
  id: uuidColumn('id'),
  type: 'type',
  operationId: uuidColumn('operation_id'),
  accountId: uuidColumn('account_id'),
  number: 'number',
  happenedAt: 'happened_at',
  status: 'status',
  body: 'body',
  attempts: 'attempts',
  lastAttemptAt: 'last_attempt_at',
  responseStatus: 'response_status',
  response: 'response',
  error: 'error',
});

export function insertWebhook(one: Webhook): TransactionQuery<void> {
  return inTransaction(webhooks.insert([one]));
}

/** Null if the owner has no such webhook in this role. */
export function lockWebhook(id: string, ownerId: string, role: string): TransactionQuery<Webhook | null> {
  return webhooks.lockOne(sql`id = ${uuid(id)} AND owner_id = ${uuid(ownerId)} AND role = ${role}`);
}

export function findWebhook(id: string): Read<Webhook | null> {
  return webhooks.find(sql`id = ${uuid(id)}`);
}

/** The webhooks of a user in the order of their creation, with one more than `limit` if there are more. */
export function listWebhooks(
  ownerId: string,
  {
    role,
    afterId,
    limit = WEBHOOKS_MAX,
  }: { role?: string; afterId?: string | undefined; limit?: number } = {},
): Read<Webhook[]> {
  const where = allOf(
    sql`owner_id = ${uuid(ownerId)}`,
    role === undefined ? undefined : sql`role = ${role}`,
    afterId === undefined ? undefined : sql`id > ${uuid(afterId)}`,
  );
  return webhooks.select(sql`${where} ORDER BY id LIMIT ${limit + 1}`);
}

export function countWebhooksOf(ownerId: string): Read<number> {
  return select(
    sql`SELECT COUNT(*) AS count FROM webhooks WHERE owner_id = ${uuid(ownerId)}`,
    ([row]: { count: bigint }[]) => Number(row?.count ?? 0),
  );
}

export function writeWebhook(id: string, changes: Partial<Omit<Webhook, 'id' | 'ownerId'>>): Query<number> {
  return webhooks.update(changes, sql`id = ${uuid(id)}`);
}

export function deleteWebhook(id: string): TransactionQuery<unknown> {
  return inTransaction(webhooks.delete(sql`id = ${uuid(id)}`));
}

export function deleteWebhooksOf(ownerId: string): TransactionQuery<unknown> {
  return inTransaction(webhooks.delete(sql`owner_id = ${uuid(ownerId)}`));
}

/** Deletes messages of a webhook. */
export function deleteDeliveriesOf(webhookId: string, limit: number): Query<number> {
  return deliveries.delete(sql`webhook_id = ${uuid(webhookId)} LIMIT ${limit}`);
}

/** Deletes messages whose webhook is gone. */
export function deleteOrphans(limit: number): Query<number> {
  return change(
    sql`DELETE FROM webhook_deliveries WHERE NOT EXISTS (SELECT 1 FROM webhooks WHERE webhooks.id = webhook_deliveries.webhook_id) LIMIT ${limit}`,
  );
}

/** Deletes messages that are over since before `time`. */
export function deleteOver(time: Date, limit: number): Query<number> {
  return deliveries.delete(sql`status <> 'waiting' AND happened_at < ${time} LIMIT ${limit}`);
}

/**
 * Claims webhooks with something to send, by the database's clock, which all replicas share. Those that failed last time have places of their own, so that
 * receivers that are down never take those of the others. The one that was served longest ago comes first.
 */
export function claimWebhooks(claim: {
  holder: string;
  seconds: number;
  now: Date;
  areFailing: boolean;
  limit: number;
}): Query<number> {
  const { holder, seconds, now, areFailing, limit } = claim;
  if (limit <= 0) return constant(0);
  return change(sql`UPDATE webhooks SET claimed_by = ${uuid(holder)}, claimed_until = CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND
    WHERE status = 'active' AND claimed_until <= CURRENT_TIMESTAMP(3) AND retry_at <= ${now} AND failures ${areFailing ? sql`> 0` : sql`= 0`}
    AND EXISTS (SELECT 1 FROM webhook_deliveries WHERE webhook_deliveries.webhook_id = webhooks.id AND webhook_deliveries.status = 'waiting')
    ORDER BY claimed_until LIMIT ${limit}`);
}

export function findClaimed(holder: string): Read<string[]> {
  return select(sql`SELECT id FROM webhooks WHERE claimed_by = ${uuid(holder)}`, (rows: { id: string }[]) =>
    rows.map(({ id }) => id),
  );
}

/** Extends a claim. @returns 0 if it was lost */
export function keepClaim(id: string, holder: string, seconds: number): Query<number> {
  return change(sql`UPDATE webhooks SET claimed_until = CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND
    WHERE id = ${uuid(id)} AND claimed_by = ${uuid(holder)} AND status = 'active'`);
}

export function releaseClaim(id: string, holder: string): Query<number> {
  return change(sql`UPDATE webhooks SET claimed_by = NULL, claimed_until = CURRENT_TIMESTAMP(3)
    WHERE id = ${uuid(id)} AND claimed_by = ${uuid(holder)}`);
}

/** Locks a webhook for what an attempt changes; null if another replica has taken it over, or it is gone. */
export function lockClaimed(id: string, holder: string): TransactionQuery<Webhook | null> {
  return webhooks.lockOne(sql`id = ${uuid(id)} AND claimed_by = ${uuid(holder)}`);
}

/** The state of a webhook's owner, as auth last published it. */
export function findOwnerOf(id: string): Read<Pick<Person, 'status' | 'role'> | undefined> {
  return select(
    sql`SELECT people.status, people.role FROM webhooks JOIN people ON people.id = webhooks.owner_id WHERE webhooks.id = ${uuid(id)}`,
    ([owner]: Pick<Person, 'status' | 'role'>[]) => owner,
  );
}

/** The first message that waits. */
export function findNext(webhookId: string): Read<Delivery | null> {
  return deliveries.find(sql`webhook_id = ${uuid(webhookId)} AND status = 'waiting' ORDER BY sequence`);
}

export function findDelivery(webhookId: string, id: string): Read<Delivery | null> {
  return deliveries.find(sql`webhook_id = ${uuid(webhookId)} AND id = ${uuid(id)}`);
}

export function insertDelivery(one: Omit<Delivery, 'sequence'>): Query<void> {
  return deliveries.insert(
    [one],
    [
      'webhookId',
      'id',
      'type',
      'operationId',
      'accountId',
      'number',
      'happenedAt',
      'status',
      'body',
      'attempts',
      'lastAttemptAt',
      'responseStatus',
      'response',
      'error',
    ],
  );
}

export function writeDelivery(
  { webhookId, id }: Pick<Delivery, 'webhookId' | 'id'>,
  changes: { [Field in keyof Omit<Delivery, 'webhookId' | 'id' | 'sequence'>]?: Delivery[Field] | undefined },
): Query<number> {
  return deliveries.update(changes, sql`webhook_id = ${uuid(webhookId)} AND id = ${uuid(id)}`);
}

/** Ends all messages that wait. */
export function endWaiting(webhookId: string, as: 'dead' | 'withheld'): Query<number> {
  return deliveries.update(
    { status: as, body: null, error: as === 'dead' ? 'disabled' : undefined },
    sql`webhook_id = ${uuid(webhookId)} AND status = 'waiting'`,
  );
}

/** How many messages wait, counted up to one more than `most`. */
export function countWaiting(webhookId: string, most: number): Read<number> {
  return select(
    sql`SELECT COUNT(*) AS count FROM (SELECT 1 FROM webhook_deliveries WHERE webhook_id = ${uuid(webhookId)} AND status = 'waiting' LIMIT ${most + 1}) AS counted`,
    ([row]: { count: bigint }[]) => Number(row?.count ?? 0),
  );
}

export function countTestsSince(webhookId: string, time: Date): Read<number> {
  return select(
    sql`SELECT COUNT(*) AS count FROM webhook_deliveries WHERE webhook_id = ${uuid(webhookId)} AND type = 'webhook.test' AND happened_at > ${time}`,
    ([row]: { count: bigint }[]) => Number(row?.count ?? 0),
  );
}

/** A page of messages, the newest first, with one more than `limit` if there are more. */
export function listDeliveries(filter: {
  webhookId: string;
  status: DeliveryStatus | undefined;
  before: number | undefined;
  limit: number;
}): Read<Delivery[]> {
  const { webhookId, status, before, limit } = filter;
  const where = allOf(
    sql`webhook_id = ${uuid(webhookId)}`,
    status === undefined ? undefined : sql`status = ${status}`,
    before === undefined ? undefined : sql`sequence < ${before}`,
  );
  return deliveries.select(sql`${where} ORDER BY sequence DESC LIMIT ${limit + 1}`);
}

/** The messages of a user's webhooks in order, with one more than `limit` if there are more. */
export function listDeliveriesOf(ownerId: string, after: number, limit: number): Read<Delivery[]> {
  return select<Delivery>(
    sql`SELECT ${deliveries.columns} FROM webhook_deliveries JOIN webhooks ON webhooks.id = webhook_deliveries.webhook_id
      WHERE webhooks.owner_id = ${uuid(ownerId)} AND webhook_deliveries.sequence > ${after}
      ORDER BY webhook_deliveries.sequence LIMIT ${limit + 1}`,
  );
}

/** Webhooks of which a secret was sealed by another key than this. */
export function listSealedOtherwise(keyId: string, limit: number): Read<Webhook[]> {
  const by = `${keyId}.%`;
  return webhooks.select(
    sql`secret NOT LIKE ${by} OR (previous_secret IS NOT NULL AND previous_secret NOT LIKE ${by}) LIMIT ${limit}`,
  );
}

/** Replaces the sealed secrets unless they were rotated meanwhile. */
export function replaceSecrets(
  { id, secret }: Pick<Webhook, 'id' | 'secret'>,
  sealed: Pick<Webhook, 'secret' | 'previousSecret'>,
): Query<number> {
  return webhooks.update(sealed, sql`id = ${uuid(id)} AND secret = ${secret}`);
}

/** The state of all webhooks, for the metrics. */
export interface WebhookCounts {
  statuses: Map<WebhookStatus, number>;
  waiting: number;
  /** When the oldest message happened that is waiting. */
  oldest: Date | null;
  /** Since when the longest wait for an attempt that could be made now. */
  dueSince: Date | null;
  dead: number;
}

export function countWebhooks(now: Date): Read<WebhookCounts> {
  return select(
    sql`SELECT
      (SELECT COUNT(*) FROM webhooks WHERE status = 'active') AS active,
      (SELECT COUNT(*) FROM webhooks WHERE status = 'disabled') AS disabled,
      (SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'waiting') AS waiting,
      (SELECT COUNT(*) FROM webhook_deliveries WHERE status = 'dead') AS dead,
      (SELECT MIN(happened_at) FROM webhook_deliveries WHERE status = 'waiting') AS oldest,
      (SELECT MIN(GREATEST(webhooks.retry_at, first.happened_at)) FROM webhooks JOIN (
        SELECT webhook_id, MIN(happened_at) AS happened_at FROM webhook_deliveries WHERE status = 'waiting' GROUP BY webhook_id
      ) AS first ON first.webhook_id = webhooks.id WHERE webhooks.status = 'active' AND webhooks.retry_at <= ${now}) AS dueSince`,
    ([row]: {
      active: bigint;
      disabled: bigint;
      waiting: bigint;
      dead: bigint;
      oldest: Date | null;
      dueSince: Date | null;
    }[]) => ({
      statuses: new Map<WebhookStatus, number>([
        ['active', Number(row?.active ?? 0)],
        ['disabled', Number(row?.disabled ?? 0)],
      ]),
      waiting: Number(row?.waiting ?? 0),
      dead: Number(row?.dead ?? 0),
      oldest: row?.oldest ?? null,
      dueSince: row?.dueSince ?? null,
    }),
  );
}
