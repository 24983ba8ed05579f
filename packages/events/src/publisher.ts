import { createInbox, ErrorCode, headers, type Msg, type NatsConnection, NatsError } from 'nats';

/** Stores one message in JetStream; rejects if it is refused, or if there is no answer in time. */
export type Publish = (message: { id: string; subject: string; payload: Uint8Array }) => Promise<void>;

/** The broker will never accept this message: it is too large, or its subject is invalid or not permitted to this user. */
export class PublishRefusedError extends Error {
  override readonly name = 'PublishRefusedError';
}

interface Waiting {
  subject: string;
  until: number;
  resolve: () => void;
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
      const failure = error ?? failureIn(message);
      if (failure === null) one.resolve();
      else one.reject(failure);
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

  return ({ id, subject, payload }) =>
    new Promise((resolve, reject) => {
      published += 1;
      const token = published.toString(36);
      const header = headers();
      header.set('Nats-Msg-Id', id);
      send(subject, payload, header, `${inbox}.${token}`);
      waiting.set(token, { subject, until: performance.now() + withinMs, resolve, reject });
      startTimer();
    });
}

const REFUSED_BY_CLIENT = new Set<string>([ErrorCode.MaxPayloadExceeded, ErrorCode.BadSubject]);
/** JetStream's error code for a message larger than the stream's `max_msg_size`. */
const TOO_LARGE = 10054;

/** The error in JetStream's answer; null if the message is stored. */
function failureIn(message: Msg): Error | null {
  // The server's status for a subject without subscribers: JetStream is down.
  if (message.headers?.code === 503) return new Error('JetStream is down');
  const answer = message.json<{ stream?: string; error?: { err_code?: number; description?: string } }>();
  if (answer.error !== undefined) {
    const reason = `JetStream refused: ${answer.error.description}`;
    return answer.error.err_code === TOO_LARGE ? new PublishRefusedError(reason) : new Error(reason);
  }
  return answer.stream === undefined ? new Error('JetStream gave no acknowledgement') : null;
}
