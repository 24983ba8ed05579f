import type { Transaction } from '@guichet/database';
import type { Family } from '../entries/rules.ts';
import type { ChainedEntry } from './chain.ts';

export interface ChainHead {
  sequence: bigint;
  hash: Buffer;
}

export interface EntryRow extends ChainedEntry {
  readonly family: Family | null;
  readonly hash: Buffer;
}

export interface ConcernRow {
  readonly userId: string;
  readonly sequence: bigint;
  readonly named: boolean;
}

/** Locks the end of the chain until the transaction ends: writers of all replicas stand in one line here. */
export async function lockHead(trx: Transaction): Promise<ChainHead> {
  const [rows] = await trx.raw("SELECT sequence, hash FROM log_chain WHERE name = 'head' FOR UPDATE");
  const [row] = rows as { sequence: bigint; hash: Buffer }[];
  if (row === undefined) throw new Error('the chain has no head: the schema is not migrated');
  return row;
}

export async function moveHead(trx: Transaction, head: ChainHead): Promise<void> {
  await trx.raw("UPDATE log_chain SET sequence = ?, hash = ? WHERE name = 'head'", [
    String(head.sequence),
    head.hash,
  ]);
}

const FOREIGN_PAGE = 10_000;

/** Sequences behind the head that are already taken, up to the first `free` consecutive ones that are not. */
export async function findForeign(trx: Transaction, free: number): Promise<Set<bigint>> {
  const { sequence: head } = await lockHead(trx);
  const foreign = new Set<bigint>();
  for (let after = head; ; ) {
    const [rows] = await trx.raw(
      `SELECT sequence FROM log_entries WHERE sequence > ? UNION SELECT sequence FROM log_concerns WHERE sequence > ?
       ORDER BY sequence LIMIT ?`,
      [String(after), String(after), FOREIGN_PAGE],
    );
    for (const { sequence } of rows as { sequence: bigint }[]) {
      if (BigInt(sequence) - after > BigInt(free)) return foreign;
      after = BigInt(sequence);
      foreign.add(after);
    }
    if (rows.length < FOREIGN_PAGE) return foreign;
  }
}

/** Which of these events the log holds already. */
export async function findStored(trx: Transaction, ids: readonly string[]): Promise<Set<string>> {
  const [rows] = await trx.raw('SELECT id FROM log_entries WHERE id IN (?)', [ids as never]);
  return new Set((rows as { id: string }[]).map(({ id }) => id));
}

/** Writes entries and those whom they concern, one statement for each table. */
export async function insertEntries(
  trx: Transaction,
  entries: readonly EntryRow[],
  concerns: readonly ConcernRow[],
): Promise<void> {
  await trx.raw(
    `INSERT INTO log_entries (sequence, id, time, level, service, action, family, actor_id, actor_username, actor_role,
       subject_type, subject_id, operation_id, concerns, correlation_id, message, data, hash) VALUES ?`,
    [entries.map(toColumns) as never],
  );
  if (concerns.length > 0) {
    await trx.raw('INSERT INTO log_concerns (user_id, sequence, named) VALUES ?', [
      concerns.map(({ userId, sequence, named }) => [userId, String(sequence), named]) as never,
    ]);
  }
}

/** Widens, for each hour in which something happened, the run of sequences in which it stands. */
export async function widenHours(trx: Transaction, entries: readonly EntryRow[]): Promise<void> {
  const hours = new Map<number, { first: bigint; last: bigint }>();
  for (const { time, sequence } of entries) {
    const hour = Math.floor(time.getTime() / 3_600_000);
    const known = hours.get(hour);
    if (known === undefined) hours.set(hour, { first: sequence, last: sequence });
    else known.last = sequence;
  }
  await trx.raw(
    `INSERT INTO log_hours (hour, first_sequence, last_sequence) VALUES ?
     ON DUPLICATE KEY UPDATE last_sequence = GREATEST(last_sequence, VALUES(last_sequence))`,
    [
      [...hours].map(([hour, { first, last }]) => [
        new Date(hour * 3_600_000),
        String(first),
        String(last),
      ]) as never,
    ],
  );
}

function toColumns(entry: EntryRow): unknown[] {
  return [
    String(entry.sequence),
    entry.id,
    entry.time,
    entry.level,
    entry.service,
    entry.action,
    entry.family,
    entry.actor?.id ?? null,
    entry.actor?.username ?? null,
    entry.actor?.role ?? null,
    entry.subject?.type ?? null,
    entry.subject?.id ?? null,
    entry.operationId,
    entry.concerns,
    entry.correlationId,
    entry.message,
    entry.data,
    entry.hash,
  ];
}
