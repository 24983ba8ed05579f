import { createInbox, ErrorCode, headers, type Msg, type NatsConnection, NatsError } from 'nats';

export interface Publication {
  /** By which JetStream recognizes a message that is published twice within the stream's duplicate window. */
  id: string;
  subject: string;
  payload: Uint8Array;
  /** Store it only if this is the sequence of the last message on its subject; 0 if there must be none. */
  after?: number | undefined;
}

/**
 * Stores one message in JetStream, and resolves to its sequence in the stream (that of the first one, if it is a duplicate). Rejects if it is
 * refused, or if there is no answer in time.
 */
export type Publish = (message: Publication) => Promise<number>;

/** The broker will never accept this message: it is too large, or its subject is invalid or not permitted to this user. */
export class PublishRefusedError extends Error {
  override readonly name = 'PublishRefusedError';
}

/** Another message was stored on the subject first, so this one may be older than the last. */
export class SubjectChangedError extends Error {
  override readonly name = 'SubjectChangedError';
}

interface Waiting {
  subject: string;
  until: number;
  resolve: (sequence: number) => void;
  reject: (error: Error) => void;
}

/**
 * Publishes over `connection`. The client library creates a timer and an error with a stack for each message,
 * which cost several times the message itself; here all waiting messages share one subscription and one timer.
 */
export function createPublisher(connection: NatsConnection, inboxPrefix: string, withinMs: number): Publish {
  const inbox = createInbox(inboxPrefix);
  const waiting = new Map<string, Waiting>();
  let published = 0;
  let timer: NodeJS.Timeout | null = null;

  connection.subscribe(`${inbox}.*`, {
    callback(error, message) {
      const token = message.subject.slice(inbox.length + 1);
      const one = waiting.get(token);
      if (one === undefined) return;
      waiting.delete(token);
      try {
        if (error !== null) throw error;
        one.resolve(sequenceIn(message));
      } catch (failure) {
        one.reject(failure as Error);
      }
    },
  });

  // The server does not answer a publish that is not permitted; it reports the violation on the connection.
  void (async () => {
    for await (const { permissionContext } of connection.status()) {
      if (permissionContext?.operation !== 'publish') continue;
      for (const [token, one] of waiting) {
        if (one.subject !== permissionContext.subject) continue;
        waiting.delete(token);
        one.reject(new PublishRefusedError('publishing to this subject is not permitted'));
      }
    }
  })();

  function rejectLate(): void {
    timer = null;
    const now = performance.now();
    for (const [token, one] of waiting) {
      // The next ones were published later.
      if (one.until > now) break;
      waiting.delete(token);
      one.reject(new Error('JetStream did not answer in time'));
    }
    startTimer();
  }

  function startTimer(): void {
    const [next] = waiting.values();
    if (timer === null && next !== undefined) {
      timer = setTimeout(rejectLate, Math.max(10, next.until - performance.now()));
    }
  }

  function send(
    subject: string,
    payload: Uint8Array,
    header: ReturnType<typeof headers>,
    reply: string,
  ): void {
    try {
      connection.publish(subject, payload, { headers: header, reply });
    } catch (error) {
      const isRefused = error instanceof NatsError && REFUSED_BY_CLIENT.has(error.code);
      throw isRefused ? new PublishRefusedError(error.message) : error;
    }
  }

  return ({ id, subject, payload, after }) =>
    new Promise((resolve, reject) => {
      published += 1;
      const token = published.toString(36);
      const header = headers();
      header.set('Nats-Msg-Id', id);
      if (after !== undefined) header.set('Nats-Expected-Last-Subject-Sequence', String(after));
      send(subject, payload, header, `${inbox}.${token}`);
      waiting.set(token, { subject, until: performance.now() + withinMs, resolve, reject });
      startTimer();
    });
}

const REFUSED_BY_CLIENT = new Set<string>([ErrorCode.MaxPayloadExceeded, ErrorCode.BadSubject]);
/** JetStream's error code for a message larger than the stream's `max_msg_size`. */
const TOO_LARGE = 10054;

/** Another sequence is the last one on the subject; a cluster gives the second code while the other message is on its way. */
const SUBJECT_CHANGED: readonly (number | undefined)[] = [10071, 10164];

/** The sequence in JetStream's answer. @throws if the message is not stored */
function sequenceIn(message: Msg): number {
  // The server's status for a subject without subscribers: JetStream is down.
  if (message.headers?.code === 503) throw new Error('JetStream is down');
  const { stream, seq, error } = message.json<{
    stream?: string;
    seq?: number;
    error?: { err_code?: number; description?: string };
  }>();
  if (error !== undefined) {
    const reason = `JetStream refused: ${error.description}`;
    if (error.err_code === TOO_LARGE) throw new PublishRefusedError(reason);
    throw SUBJECT_CHANGED.includes(error.err_code) ? new SubjectChangedError(reason) : new Error(reason);
  }
  if (stream === undefined || seq === undefined) throw new Error('JetStream gave no acknowledgement');
  return seq;
}
