import type { StreamName } from '@guichet/contract/events';
import { type JetStreamManager, type MsgRequest, NatsError, type StoredMsg } from 'nats';

const NO_MESSAGE_FOUND = 10037;

/** The sequence of the last message on a subject; 0 if there is none. */
export async function lastSequence(
  manager: JetStreamManager,
  stream: StreamName,
  subject: string,
): Promise<number> {
  return (await storedMessage(manager, stream, { last_by_subj: subject }))?.seq ?? 0;
}

/** A message of a stream, or null. From the stream's leader, which has every message acknowledged to a publisher; a direct get may read from a replica that lags. */
export async function storedMessage(
  manager: JetStreamManager,
  stream: StreamName,
  request: MsgRequest,
): Promise<StoredMsg | null> {
  try {
    return await manager.streams.getMessage(stream, request);
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === NO_MESSAGE_FOUND) return null;
    throw error;
  }
}
