import { metrics } from '@guichet/http';

const stored = metrics.counter({ name: 'logging_entries_stored_total', help: 'Entries added to the log.' });
const repeated = metrics.counter({
  name: 'logging_entries_repeated_total',
  help: 'Deliveries of entries that the log held already.',
});
const unreadable = metrics.counter({
  name: 'logging_messages_unreadable_total',
  help: 'Messages that could not be opened or read and were set aside.',
});
const batchSize = metrics.histogram({
  name: 'logging_batch_messages',
  help: 'Messages that one transaction took.',
  buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_000],
});
const delay = metrics.gauge({
  name: 'logging_oldest_age_seconds',
  help: 'Age of the oldest entry of the newest batch when it was stored: how far the log is behind.',
});

/** Observes a batch that was stored and acknowledged. */
export function observeBatch(batch: {
  received: number;
  stored: number;
  unreadable: number;
  oldestAgeSeconds: number;
}): void {
  stored.inc(batch.stored);
  unreadable.inc(batch.unreadable);
  repeated.inc(batch.received - batch.stored - batch.unreadable);
  batchSize.observe(batch.received);
  delay.set(batch.oldestAgeSeconds);
}

/** Registers what is asked at each scrape. */
export function observeState(state: { waiting: () => Promise<number>; streams: () => number }): void {
  metrics.gauge(
    {
      name: 'logging_consumer_lag_messages',
      help: 'Messages of the LOG stream that are not in the log yet.',
    },
    state.waiting,
  );
  metrics.gauge({ name: 'logging_streams_open', help: 'Live streams that are open here.' }, state.streams);
}
