import { PublishRefusedError } from '@guichet/events';
import type { RefusedMessage } from './refused-store.ts';
import { isInAnyOrder, type Written } from './row.ts';
import type { WaitingRow } from './store.ts';

export interface Outcome {
  /** The rows that are stored in JetStream, or refused for good. */
  published: bigint[];
  refused: RefusedMessage[];
  /** The first error that left rows waiting. */
  failure: unknown;
}

/**
 * Publishes the rows of one family. A message that the broker refuses for good counts as published; after any other failure its subject waits, so
 * that no message overtakes the one that failed.
 */
export async function publishRows(
  rows: readonly WaitingRow[],
  publish: (message: Written) => Promise<void>,
): Promise<Outcome> {
  const outcome: Outcome = { published: [], refused: [], failure: undefined };

  async function isDone(row: WaitingRow): Promise<boolean> {
    try {
      await publish(row);
    } catch (error) {
      if (!(error instanceof PublishRefusedError)) {
        outcome.failure ??= error;
        return false;
      }
      outcome.refused.push({ ...row, reason: error.message });
    }
    outcome.published.push(row.sequence);
    return true;
  }

  await Promise.all(
    lanesOf(rows).map(async (lane) => {
      for (const row of lane) if (!(await isDone(row))) return;
    }),
  );
  return outcome;
}

/** The rows in lists; those of one list must be published one after the other. */
function lanesOf(rows: readonly WaitingRow[]): WaitingRow[][] {
  const laneOf = ({ family, subject, sequence }: WaitingRow) => (isInAnyOrder(family) ? sequence : subject);
  return [...Map.groupBy(rows, laneOf).values()];
}
