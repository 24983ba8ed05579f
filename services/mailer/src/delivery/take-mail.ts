import type { DurableName } from '@guichet/contract/events';
import {
  ACK_WAIT_MS,
  type Broker,
  type Consumption,
  consumeBatches,
  type DeadLetter,
  type Parsed,
  placeOf,
  type Received,
} from '@guichet/events';
import { sleep } from '@guichet/time';
import { inTrace, type Span } from '@guichet/tracing';
import { originOf, parseMail } from '../mail.ts';
import { type Delivery, deliverMail, type Outcome } from './deliver-mail.ts';
import type { Transport } from './transport.ts';

/** The attributes of OpenTelemetry's messaging conventions. */
const MESSAGING = {
  'messaging.system': 'nats',
  'messaging.destination.name': 'MAIL',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
};

export interface MailTaking {
  /** Whether mail is sent: false while the mail server is unavailable. */
  readonly flowing: boolean;
  stop(): Promise<void>;
}

/**
 * Takes mails from the stream and delivers them, several at once. While the mail server is unavailable, no mails are taken: they wait in
 * the stream, and only those in progress lose an attempt. The server is probed again after `probeMs`, growing to a minute, and also
 * before the first mail, so that a wrong server in the settings is reported at once.
 */
export function takeMail(
  options: Delivery & {
    broker: Broker;
    transport: Pick<Transport, 'send' | 'trouble'>;
    /** The maximum number of mails in progress. */
    atOnce: number;
    probeMs?: number;
    ackWaitMs?: number;
  },
): MailTaking {
  const { broker, transport, log, atOnce, probeMs = 1_000, ackWaitMs = ACK_WAIT_MS.mailer } = options;
  const stopping = new AbortController();
  let reportUnavailable: () => void = () => undefined;
  let flowing = true;
  // A server that takes mails and loses the connection makes each of them uncertain, although it answers when it's probed.
  let lostReplies = 0;
  // Stream sequences of the mails in progress: a mail that is redelivered meanwhile is not sent twice.
  const inProgress = new Set<number>();

  async function deliverOnce(message: Received): Promise<Outcome> {
    if (placeOf(message.id).index !== null) return await separate(message);
    if (inProgress.has(message.sequence)) return 'later';
    inProgress.add(message.sequence);
    try {
      const traced = { kind: 'consumer', attributes: MESSAGING, origin: originOf(message.data) } as const;
      return await inTrace('process MAIL', traced, (span) => deliverInSpan(message, span));
    } finally {
      inProgress.delete(message.sequence);
    }
  }

  async function deliverInSpan(message: Received, span: Span): Promise<Outcome> {
    const outcome = await deliverMail(options, message);
    span.set({ outcome });
    return outcome;
  }

  /**
   * Publishes a mail of a message with several as a message of its own, so that each has its own tries and none is sent again because of another.
   * Under its own id, JetStream keeps it once if this happens twice.
   */
  async function separate(message: Received): Promise<Outcome> {
    let id: string;
    try {
      ({ id } = parseMail(message.data));
    } catch {
      return await deliverMail(options, message);
    }
    try {
      await broker.publish({ id, subject: message.subject, payload: message.data });
      message.ack();
      return 'separated';
    } catch (error) {
      log.warn({ err: error, mail: id }, 'email could not be separated from its message');
      message.retryAfter(probeMs);
      return 'later';
    }
  }

  async function onBatch(opened: readonly Parsed<Uint8Array>[]): Promise<void> {
    const batch = opened.map(({ value, ...message }) => ({ ...message, data: value }));
    // If the time to acknowledge ran out while the server is slow, another replica would send the mail too.
    const keepAlive = setInterval(() => {
      for (const message of batch) message.working();
    }, ackWaitMs / 4);
    try {
      const outcomes = await Promise.all(batch.map(deliverOnce));
      if (outcomes.includes('uncertain')) lostReplies += 1;
      else if (outcomes.includes('sent')) lostReplies = 0;
      if (outcomes.includes('unavailable') || outcomes.includes('uncertain')) reportUnavailable();
    } finally {
      clearInterval(keepAlive);
    }
  }

  /** A mail that cannot be opened or handled is kept unchanged, and can be put back once the cause is fixed. */
  async function keepDead(letters: readonly DeadLetter[]): Promise<void> {
    for (const { messageId, subject, sequence, payload, reason } of letters) {
      const message = { id: messageId, subject, sequence, data: payload, deliveries: 1, pending: 0 };
      await options.keepDeadMail(message, null, { cause: 'unopened', reason });
    }
  }

  async function consumeUntilUnavailable(): Promise<void> {
    const down = new Promise<void>((resolve) => {
      reportUnavailable = resolve;
      stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const consumption: Consumption = consumeBatches({
      broker,
      stream: 'MAIL',
      durable: 'mailer' satisfies DurableName,
      log,
      maxBatch: atOnce,
      parse: ({ data }) => data,
      onBatch,
      deadLetters: { keep: keepDead, isTransient: () => false },
    });
    await down;
    await consumption.stop();
  }

  async function waitForServer(): Promise<void> {
    for (let attempt = 0; !stopping.signal.aborted; attempt += 1) {
      const reason = await transport.trouble();
      if (reason === null) {
        if (!flowing) log.info('mail server available');
        flowing = true;
        return;
      }
      if (flowing) log.warn({ reason }, 'mail server unavailable; emails wait in the stream');
      flowing = false;
      const pauseMs = Math.min(probeMs * 2 ** attempt, 60_000);
      await sleep(pauseMs, stopping.signal);
    }
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      if (lostReplies > 0) await sleep(Math.min(probeMs * 2 ** lostReplies, 60_000), stopping.signal);
      await waitForServer();
      if (!stopping.signal.aborted) await consumeUntilUnavailable();
    }
  })();

  return {
    get flowing() {
      return flowing;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
