import type { Database } from '@guichet/database';
import { metrics } from '@guichet/metrics';
import { lastRun } from '@guichet/scheduled-jobs';
import { CHECKPOINTS, type CheckpointOutcome } from './checkpoints/keep-signing.ts';
import { type ChainOutcome, VERIFICATION } from './verify/keep-verifying.ts';

const stored = metrics.counter({
  name: 'guichet_log_entries_stored_total',
  help: 'Entries added to the log.',
});
const repeated = metrics.counter({
  name: 'guichet_log_entries_repeated_total',
  help: 'Deliveries of entries that were already in the log.',
});
const batchItems = metrics.histogram({
  name: 'guichet_log_batch_items',
  help: 'Messages stored in one transaction.',
  buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000],
});
const delay = metrics.histogram({
  name: 'guichet_log_delay_seconds',
  help: 'Age of the oldest entry of a batch when it was stored: the delay of the log.',
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600],
});

/** Observes a batch that was stored and acknowledged. */
export function observeBatch(batch: { received: number; stored: number; oldestAgeSeconds: number }): void {
  stored.inc(batch.stored);
  repeated.inc(batch.received - batch.stored);
  batchItems.observe(batch.received);
  delay.observe(batch.oldestAgeSeconds);
}

/** Registers the metrics that are read at each scrape: live streams, and the outcomes of the last verification and the last checkpoint. */
export function watchLog(state: {
  db: Database;
  streams: () => number;
  checkpointEverySeconds: number;
}): void {
  metrics.gauge(
    { name: 'guichet_log_streams_open', help: 'Open live streams of this process.' },
    state.streams,
  );
  metrics.gauge(
    {
      name: 'guichet_log_checkpoint_interval_seconds',
      help: 'How often the end of the log is to be signed.',
    },
    () => state.checkpointEverySeconds,
  );
  metrics.gauges(
    {
      sequence: {
        name: 'guichet_log_checkpoint_sequence',
        help: 'The sequence of the newest checkpoint. The same on every replica: take the maximum.',
      },
      at: {
        name: 'guichet_log_checkpoint_timestamp_seconds',
        help: 'When a checkpoint last covered the whole log: when it was signed, or when the log was found not to have grown since. The same on every replica: take the maximum.',
      },
    },
    async () => {
      const last = await lastRun<CheckpointOutcome>(state.db, CHECKPOINTS);
      if (last === null) return { sequence: null, at: null };
      return { sequence: last.outcome.sequence, at: last.finishedAt.getTime() / 1000 };
    },
  );
  metrics.gauges(
    {
      ok: {
        name: 'guichet_log_chain_ok',
        help: '1 if the last verification found the chain intact, else 0. The same on every replica: take the minimum.',
      },
      entries: {
        name: 'guichet_log_chain_entries',
        help: 'Entries that the last verification found intact. The same on every replica: take the maximum.',
      },
      at: {
        name: 'guichet_log_chain_verified_timestamp_seconds',
        help: 'When the last verification of the chain ended. The same on every replica: take the maximum.',
      },
      seconds: {
        name: 'guichet_log_chain_verification_duration_seconds',
        help: 'Duration of the last verification of the chain. The same on every replica: take the maximum.',
      },
    },
    async () => {
      const last = await lastRun<ChainOutcome>(state.db, VERIFICATION);
      if (last === null) return { ok: null, entries: null, at: null, seconds: null };
      return {
        ok: Number(last.outcome.ok),
        entries: last.outcome.checked,
        at: last.finishedAt.getTime() / 1000,
        seconds: last.seconds,
      };
    },
  );
}
