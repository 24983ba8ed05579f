import { sleep } from '@guichet/time';
import type { Consumer, ConsumerMessages, JsMsg } from 'nats';

/** Requests to the server: how many milliseconds each one waits for messages, and how often the server says that it is still there. */
const REQUEST = { expires: 30_000, idle_heartbeat: 5_000 };

/** After this many milliseconds without a message, none is expected to be in transit. */
const QUIET_MS = 50;

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
  let ended = false;
  let lastAt = 0;

  async function* read(): AsyncGenerator<JsMsg> {
    try {
      while (!leaving) {
        current = await consumer.fetch({ max_messages: maxMessages, ...REQUEST });
        if (leaving) current.stop();
        for await (const message of current) {
          lastAt = performance.now();
          yield message;
        }
      }
    } finally {
      ended = true;
    }
  }

  const stop = () => {
    leaving = true;
    current?.stop();
  };

  return {
    messages: read(),
    stop,
    // A message that reaches the connection after the subscription has ended is lost until its time to acknowledge is over. So a request that is
    // being answered is read to its end first.
    async leave() {
      leaving = true;
      const from = performance.now();
      lastAt = from;
      while (!ended && performance.now() - lastAt < QUIET_MS && performance.now() - from < LEAVING_MS)
        await sleep(QUIET_MS / 5);
      stop();
    },
  };
}
