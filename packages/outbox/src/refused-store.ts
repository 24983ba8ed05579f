import { constant, type Query, select, sql, table } from '@guichet/database';
import type { Written } from './row.ts';

/** A message that the broker refused for good. */
export interface RefusedMessage extends Written {
  sequence: bigint;
  reason: string;
}

export interface StoredRefusal extends RefusedMessage {
  letter: bigint;
  refusedAt: Date;
}

const refusals = table<StoredRefusal>('outbox_dead_letters', {
  letter: 'letter',
  id: 'id',
  sequence: 'sequence',
  subject: 'subject',
  payload: 'payload',
  reason: 'reason',
  refusedAt: 'refused_at',
});

/** Stores refused messages; one that is already stored does not change. */
export function insertRefused(messages: readonly RefusedMessage[]): Query<void> {
  return refusals.upsert(
    messages.map((message) => ({ ...message, reason: message.reason.slice(0, 500) })),
    ['id', 'sequence', 'subject', 'payload', 'reason'],
    sql`letter = letter`,
  );
}

export function readRefused(): Query<StoredRefusal[]> {
  return refusals.select(sql`1 = 1 ORDER BY letter`);
}

export function deleteRefused(letter: bigint): Query<number> {
  return refusals.delete(sql`letter = ${letter}`);
}

/** Whether the outbox has a later state of the same user. */
export function isSuperseded({ subject, sequence }: StoredRefusal): Query<boolean> {
  if (!subject.startsWith('users.')) return constant(false);
  return select(
    sql`SELECT 1 FROM outbox WHERE sequence > ${sequence} AND family = 'users' AND subject = ${subject} LIMIT 1`,
    (rows) => rows.length > 0,
  );
}
