import type { LoggingState } from '@guichet/contract';
import { type Database, queryOnce } from '@guichet/database';
import { lastRun } from '@guichet/scheduled-jobs';
import { readHead } from '../entries/store.ts';
import { type ChainOutcome, VERIFICATION } from './keep-verifying.ts';

/** The end of the chain, and its last verification on any replica. */
export async function describeChain(db: Database): Promise<NonNullable<LoggingState['chain']>> {
  const [{ sequence }, last] = await Promise.all([
    queryOnce(db, readHead()),
    lastRun<ChainOutcome>(db, VERIFICATION),
  ]);
  const verified = last && {
    at: last.finishedAt.toISOString(),
    ok: last.outcome.ok,
    checked: last.outcome.checked,
  };
  return { head: Number(sequence), verified };
}
