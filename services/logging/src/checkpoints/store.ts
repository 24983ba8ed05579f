import { type Query, select, sql, table } from '@guichet/database';
import type { Checkpoint } from '@guichet/log-checkpoints';

const logCheckpoints = table<Checkpoint>('log_checkpoints', {
  sequence: 'sequence',
  hash: 'hash',
  time: 'time',
  keyId: 'key_id',
  signature: 'signature',
});

/** A place in the list of checkpoints: several may have the same sequence. */
export interface CheckpointPosition {
  readonly sequence: bigint;
  readonly signature: Buffer;
}

export function insertCheckpoint(checkpoint: Checkpoint): Query<void> {
  return logCheckpoints.insert([checkpoint]);
}

/** The newest checkpoints, or those after a position in that order. */
export function readNewest(limit: number, after: CheckpointPosition | null = null): Query<Checkpoint[]> {
  const where =
    after === null
      ? sql`TRUE`
      : sql`(sequence < ${after.sequence} OR (sequence = ${after.sequence} AND signature < ${after.signature}))`;
  return logCheckpoints.select(sql`${where} ORDER BY sequence DESC, signature DESC LIMIT ${limit}`);
}

/** The checkpoints with after < sequence <= upTo, in the order of the chain. */
export function readBetween(after: bigint, upTo: bigint): Query<Checkpoint[]> {
  return logCheckpoints.select(sql`sequence BETWEEN ${after + 1n} AND ${upTo} ORDER BY sequence`);
}

/** Some checkpoints from `sequence` on, in the order of the chain; the page begins after a position in that order. */
export function readFrom(
  sequence: bigint,
  limit: number,
  after: CheckpointPosition | null = null,
): Query<Checkpoint[]> {
  const where =
    after === null
      ? sql`sequence >= ${sequence}`
      : sql`(sequence > ${after.sequence} OR (sequence = ${after.sequence} AND signature > ${after.signature}))`;
  return logCheckpoints.select(sql`${where} ORDER BY sequence, signature LIMIT ${limit}`);
}

/** Some checkpoints behind the end of the chain. From one snapshot: a checkpoint is stored after the end that it signs. */
export function readBehindEnd(limit: number): Query<Checkpoint[]> {
  return logCheckpoints.select(
    sql`sequence > (SELECT log_chain.sequence FROM log_chain WHERE name = 'head') ORDER BY sequence LIMIT ${limit}`,
  );
}

/** The hash of an entry; null if there is none with this sequence. */
export function findHash(sequence: bigint): Query<Buffer | null> {
  return select(
    sql`SELECT hash FROM log_entries WHERE sequence = ${sequence}`,
    ([row]: { hash: Buffer }[]) => row?.hash ?? null,
  );
}
