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
 * Publishes the rows of one family. `publish` gets each with what it returned for the row before on the same subject, if rows are in order. A message that the broker refuses for good counts as published; after any other failure its subject waits, so
 * that no message overtakes the one that failed.
 */
export async function publishRows(
  rows: readonly WaitingRow[],
  publish: (message: Written, previous: number | undefined) => Promise<number>,
): Promise<Outcome> {
  const outcome: Outcome = { published: [], refused: [], failure: undefined };

  async function publishLane(lane: readonly WaitingRow[]): Promise<void> {
    let previous: number | undefined;
    for (const row of lane) {
      try {
        previous = await publish(row, previous);
      } catch (error) {
        if (!(error instanceof PublishRefusedError)) {
          outcome.failure ??= error;
          return;
        }
        outcome.refused.push({ ...row, reason: error.message });
      }
      outcome.published.push(row.sequence);
    }
  }

  await Promise.all(lanesOf(rows).map(publishLane));
  return outcome;
}

/** The rows in lists; those of one list must be published one after the other. */
function lanesOf(rows: readonly WaitingRow[]): WaitingRow[][] {
  const laneOf = ({ family, subject, sequence }: WaitingRow) => (isInAnyOrder(family) ? sequence : subject);
  return [...Map.groupBy(rows, laneOf).values()];
}
