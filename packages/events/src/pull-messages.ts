import { sleep } from '@guichet/time';
import type { Consumer, ConsumerMessages, JsMsg, Subscription } from 'nats';

/**
 * Requests to the server: how many milliseconds each one waits for messages, and how often the server says that it is still there. A cluster forgets a request when
 * the consumer's leader changes, and it's repeated after two missing heartbeats.
 */
const REQUEST = { expires: 30_000, idle_heartbeat: 1_500 };

/** The longest that messages in transit are waited for; the server may be gone. */
const LEAVING_MS = 1_000;

/** Messages of a consumer, until it is stopped. */
export interface Pulled {
  messages: AsyncIterable<JsMsg>;
  /** Ends the messages at once. The server delivers those in transit again when their time to acknowledge is over. */
  stop(): void;
  /** Requests no more messages, and ends them after those in transit, so that they can be returned. */
  leave(): Promise<void>;
}

/**
 * Pulls up to `maxMessages` at a time. The next request is sent when the messages of the one before were read, so a slow reader holds no more
 * than one request's messages. The iterator throws if the consumer or its stream is deleted.
 */
export function pullMessages(consumer: Consumer, maxMessages: number): Pulled {
  let current: ConsumerMessages | undefined;
  let leaving = false;

  async function* read(): AsyncGenerator<JsMsg> {
    while (!leaving) {
      current = await consumer.fetch({ max_messages: maxMessages, ...REQUEST });
      if (leaving) void end(current);
      yield* current;
    }
  }

  return {
    messages: read(),
    stop() {
      leaving = true;
      current?.stop();
    },
    async leave() {
      leaving = true;
      await end(current);
    },
  };
}

/**
 * Ends a request. A message that reaches the connection after the subscription has ended is lost until its time to acknowledge is over, so the
 * subscription takes what arrives until the server has confirmed its end.
 */
async function end(messages: ConsumerMessages | undefined): Promise<void> {
  await Promise.race([drain(messages), sleep(LEAVING_MS, undefined, { ref: false })]);
  messages?.stop();
}

/** Ends the subscription of a request once everything that the server sent before has arrived. The client's own `close` drops that. */
async function drain(messages: (ConsumerMessages & { sub?: Subscription }) | undefined): Promise<void> {
  const subscription = messages?.sub;
  if (subscription === undefined || subscription.isClosed()) return;
  // Nothing arrives any more on a connection that is closed.
  await subscription.drain().catch(() => undefined);
}
