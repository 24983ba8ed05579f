import type { StreamName } from '@guichet/contract/events';
import { NatsError } from 'nats';
import type { Broker } from './broker.ts';

/**
 * Messages that a durable consumer has still to be done with: those that wait and those that are in hand. All of the stream, before
 * the consumer is first used.
 * @throws while NATS is down
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
