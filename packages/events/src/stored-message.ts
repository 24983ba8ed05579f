import { STREAM_SUBJECTS, type StreamName } from '@guichet/contract/events';
import { type JetStreamManager, type MsgRequest, NatsError, type StoredMsg } from 'nats';

const NO_MESSAGE_FOUND = 10037;
const NO_SUCH_SEQUENCE = 10043;
const NOT_DELETED = 10057;

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

/** The first message of a stream from a sequence on, or null. */
export async function nextMessage(
  manager: JetStreamManager,
  stream: StreamName,
  sequence: number,
): Promise<StoredMsg | null> {
  const request: MsgRequest & { next_by_subj: string } = {
    seq: sequence,
    next_by_subj: STREAM_SUBJECTS[stream],
  };
  return storedMessage(manager, stream, request);
}

/** Removes one message of a stream; false if it is not there. */
export async function removeMessage(
  manager: JetStreamManager,
  stream: StreamName,
  sequence: number,
): Promise<boolean> {
  try {
    return await manager.streams.deleteMessage(stream, sequence, false);
  } catch (error) {
    const code = error instanceof NatsError ? error.api_error?.err_code : undefined;
    if (code === NO_MESSAGE_FOUND || code === NO_SUCH_SEQUENCE || code === NOT_DELETED) return false;
    throw error;
  }
}
