import { PublishRefusedError } from '@guichet/events';
import type { RefusedMessage } from './refused-store.ts';
import { type Family, messagesOf, type Written } from './row.ts';
import type { WaitingRow } from './store.ts';

interface Waiting extends Written {
  sequence: bigint;
  bit: bigint;
}

export interface Outcome {
  published: bigint[];
  partly: { sequence: bigint; done: bigint }[];
  refused: RefusedMessage[];
  /** The first error that left messages waiting. */
  failure: unknown;
}

/**
 * Audit events and mails are published concurrently: their consumers deduplicate by id and do not rely on the order. In the other
 * families the last message of a subject is the current one, so each message waits until the previous one is stored.
 */
const FAMILIES_IN_ANY_ORDER: ReadonlySet<Family> = new Set(['log', 'mail']);

/**
 * Publishes the unpublished messages of one family's rows. A message that the broker refuses for good counts as done; after any other failure
 * its subject waits, so that no message overtakes the one that failed.
 */
export async function publishRows(
  rows: readonly WaitingRow[],
  publish: (message: Written) => Promise<void>,
): Promise<Outcome> {
  const done = new Map(rows.map(({ sequence, done: bits }) => [sequence, BigInt(bits)]));
  const refused: RefusedMessage[] = [];
  let failure: unknown;

  async function isDone(message: Waiting): Promise<boolean> {
    try {
      await publish(message);
    } catch (error) {
      if (!(error instanceof PublishRefusedError)) {
        failure ??= error;
        return false;
      }
      refused.push({ ...message, reason: error.message });
    }
    done.set(message.sequence, (done.get(message.sequence) ?? 0n) | message.bit);
    return true;
  }

  await Promise.all(
    lanesOf(rows).map(async (lane) => {
      for (const message of lane) if (!(await isDone(message))) return;
    }),
  );
  const outcome: Outcome = { published: [], partly: [], refused, failure };
  for (const { sequence, messages, done: before } of rows) {
    const bits = done.get(sequence) ?? 0n;
    if (bits === (1n << BigInt(messages)) - 1n) outcome.published.push(sequence);
    else if (bits !== BigInt(before)) outcome.partly.push({ sequence, done: bits });
  }
  return outcome;
}

/** The unpublished messages in lists; the messages of one list must be published one after the other. */
function lanesOf(rows: readonly WaitingRow[]): Waiting[][] {
  const lanes = new Map<string, Waiting[]>();
  for (const row of rows) {
    const isOrdered = !FAMILIES_IN_ANY_ORDER.has(row.family);
    for (const [index, message] of messagesOf(row).entries()) {
      const bit = 1n << BigInt(index);
      if ((BigInt(row.done) & bit) !== 0n) continue;
      const key = isOrdered ? message.subject : `${row.sequence} ${index}`;
      const lane = lanes.get(key) ?? [];
      lanes.set(key, lane);
      lane.push({ ...message, sequence: row.sequence, bit });
    }
  }
  return [...lanes.values()];
}
