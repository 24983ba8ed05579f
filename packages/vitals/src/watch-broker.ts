import { type Broker, consumerLag, type StreamName } from '@guichet/events';
import { metrics } from '@guichet/http';

/** Shows whether NATS is connected and the streams are there. */
export function watchBroker(broker: Broker): void {
  metrics.gauge(
    { name: 'guichet_nats_up', help: '1 while NATS is connected and has the streams, else 0.' },
    () => Number(broker.ready()),
  );
}

/** Shows what a durable consumer, which all replicas share, has still to be done with; nothing while NATS is away. */
export function watchConsumer(broker: Broker, stream: StreamName, consumer: string): void {
  metrics.gauge(
    {
      name: 'guichet_consumer_lag_messages',
      help: 'Messages of a stream that its consumer is not done with. The same on every replica: take the maximum.',
      labelNames: ['stream', 'consumer'],
    },
    async () => [[{ stream, consumer }, await consumerLag(broker, stream, consumer)]],
  );
}
