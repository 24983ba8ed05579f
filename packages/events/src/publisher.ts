import { createInbox, headers, type Msg, type NatsConnection } from 'nats';

/** Stores one message in JetStream; rejects where it has no answer in time, or a refusal. */
export type Publish = (message: { id: string; subject: string; payload: Uint8Array }) => Promise<void>;

interface Waiting {
  until: number;
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * Publishes over `connection`. What the client library offers for this makes a timer and an error with its stack for each message,
 * which cost several times the message itself; here all that wait share one subscription and one timer.
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

  function giveUpTheLate(): void {
    timer = null;
    const now = performance.now();
    for (const [token, one] of waiting) {
      // Those that follow were published later.
      if (one.until > now) break;
      waiting.delete(token);
      one.reject(new Error('JetStream did not answer in time'));
    }
    watchTime();
  }

  function watchTime(): void {
    const [next] = waiting.values();
    if (timer === null && next !== undefined) {
      timer = setTimeout(giveUpTheLate, Math.max(10, next.until - performance.now()));
    }
  }

  return ({ id, subject, payload }) =>
    new Promise((resolve, reject) => {
      published += 1;
      const token = published.toString(36);
      const header = headers();
      header.set('Nats-Msg-Id', id);
      connection.publish(subject, payload, { headers: header, reply: `${inbox}.${token}` });
      waiting.set(token, { until: performance.now() + withinMs, resolve, reject });
      watchTime();
    });
}

/** What JetStream says against a message; null where it has it. */
function failureIn(message: Msg): Error | null {
  // The server's own word for: nobody listens on that subject, JetStream is away.
  if (message.headers?.code === 503) return new Error('JetStream is away');
  const answer = message.json<{ stream?: string; error?: { description?: string } }>();
  if (answer.error !== undefined) return new Error(`JetStream refused: ${answer.error.description}`);
  return answer.stream === undefined ? new Error('JetStream gave no acknowledgement') : null;
}
