import type { StreamName } from '@guichet/contract/events';
import { NatsError } from 'nats';
import type { Broker } from './broker.ts';

/**
 * The number of messages that a durable consumer has not acknowledged: waiting and in progress. Before the consumer exists, all messages
 * of the stream.
 * @throws while NATS is unavailable
 */
export async function consumerLag(broker: Broker, stream: StreamName, durable: string): Promise<number> {
  if (!broker.ready()) throw new Error('NATS is unavailable');
  const { manager } = await broker.whenReady();
  try {
    const { num_pending, num_ack_pending } = await manager.consumers.info(stream, durable);
    return num_pending + num_ack_pending;
  } catch (error) {
    if (!(error instanceof NatsError) || error.code !== '404') throw error;
    return (await manager.streams.info(stream)).state.messages;
  }
}
