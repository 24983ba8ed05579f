import type { StreamName } from '@guichet/contract/events';
import type { Broker } from '@guichet/events';
import { metrics } from '@guichet/metrics';

/** Measures whether NATS is connected and the streams exist. */
export function watchBroker(broker: Pick<Broker, 'ready'>): void {
  metrics.gauge(
    {
      name: 'guichet_nats_up',
      help: '1 while the process is connected to NATS and the streams exist, else 0.',
    },
    () => Number(broker.ready()),
  );
}

/** Measures how full the streams are that a process uses; no value while NATS is unavailable. */
export function watchStreams(broker: Pick<Broker, 'usedSpace'>): void {
  metrics.gauge(
    {
      name: 'guichet_stream_used_ratio',
      help: 'Used part of the space of a stream; at 1 it refuses messages. The same in every process: take the maximum.',
      labelNames: ['stream'],
    },
    async () => (await broker.usedSpace()).map(({ stream, used }) => [{ stream }, used] as const),
  );
}

export interface WatchedConsumer {
  stream: StreamName;
  consumer: string;
  /** @throws while NATS is unavailable */
  lag: () => Promise<number>;
}

/** Measures how many messages the process's consumers have not handled yet; no value while NATS is unavailable. */
export function watchConsumers(consumers: readonly WatchedConsumer[]): void {
  metrics.gauge(
    {
      name: 'guichet_consumer_lag_messages',
      help: 'Messages of a stream that its consumer has not handled yet. The same on every replica: take the maximum.',
      labelNames: ['stream', 'consumer'],
    },
    async () => {
      const measured = consumers.map(async ({ stream, consumer, lag }) => {
        const messages = await lag().catch(() => null);
        return messages === null ? [] : [[{ stream, consumer }, messages] as const];
      });
      return (await Promise.all(measured)).flat();
    },
  );
}
