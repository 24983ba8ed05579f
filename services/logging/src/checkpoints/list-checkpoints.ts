import type { LogCheckpoint } from '@guichet/contract/logging';
import { type Database, queryOnce } from '@guichet/database';
import { readCursor, toCursor } from '@guichet/http';
import { toJson } from '@guichet/log-checkpoints';
import { z } from 'zod';
import { readNewest } from './store.ts';

const Position = z.tuple([z.int().positive(), z.base64()]);

/** A page of checkpoints, newest first. */
export async function listCheckpoints(
  db: Database,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<{ items: LogCheckpoint[]; next: string | null }> {
  const position = cursor === undefined ? null : readCursor(cursor, Position);
  const after = position && {
    sequence: BigInt(position[0]),
    signature: Buffer.from(position[1], 'base64'),
  };
  const found = await queryOnce(db, readNewest(limit + 1, after));
  const items = found.slice(0, limit).map(toJson);
  const last = items.at(-1);
  return {
    items,
    next: found.length > limit && last !== undefined ? toCursor([last.sequence, last.signature]) : null,
  };
}
