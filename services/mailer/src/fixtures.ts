import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { MailEvent, ReceivedMailEvent } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { type Broker, mailMessage } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { contractClient, freePort, startTestNats, testBroker, testTokens } from '@guichet/testing';
import { SMTPServer } from 'smtp-server';
import { createMailerApp } from './app.ts';
import { mailSent, mailWithheld, publishAuditEvent } from './audit.ts';
import { deadLetterStore } from './dead-letters/dead-letter-store.ts';
import type { DeadMail } from './dead-letters/dead-mail.ts';
import { deadMailKeeper } from './dead-letters/dead-mail-keeper.ts';
import { takeMail } from './delivery/take-mail.ts';
import { openTransport, type Transport } from './delivery/transport.ts';
import { recipientFinder } from './recipients/find-recipient.ts';
import { createClaims } from './records/claims.ts';
import { mailRecords } from './records/mail-records.ts';

export const LETTERS = {
  from: 'Guichet <bank@guichet.example>',
  bank: { name: 'Guichet', publicUrl: 'https://bank.example' },
  timeZone: 'Europe/Paris',
};

/** A mail as a service would request it; for tests. */
export function buildMail(mail: Partial<ReceivedMailEvent> = {}): ReceivedMailEvent {
  return {
    id: newId(),
    time: new Date().toISOString(),
    template: 'activated',
    to: { email: 'alice@example.org', name: 'Alice Martin', language: 'en' },
    correlation_id: 'request-1',
    traceparent: null,
    data: {},
    ...mail,
  };
}

/** Puts a mail into the stream, as a service's outbox does. */
export async function publishMail(broker: Broker, mail: ReceivedMailEvent): Promise<void> {
  // Tests also publish mails that no service could: their templates and data are not checked here.
  const { id, subject, payload } = mailMessage(mail as MailEvent);
  await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
}

export interface CaughtMail {
  readonly to: string;
  readonly raw: string;
  header(name: string): string | null;
}

export interface TestSmtp {
  readonly port: number;
  readonly caught: CaughtMail[];
  /** Recipients in RCPT commands, including rejected ones. */
  attempts: number;
  /** What the server replies to a recipient; null accepts. */
  refuse: (address: string) => { code: number; text: string } | null;
  /** Runs before the server replies to the content; what it throws is the reply, and `cut` ends the connection without one. */
  beforeReply: () => Promise<unknown>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A mail server that keeps what it receives, and can be made to reject mails or to stop; for tests. */
export async function startTestSmtp(): Promise<TestSmtp> {
  let server: SMTPServer | null = null;
  const sockets = new Set<Socket>();
  const smtp: TestSmtp = {
    port: await freePort(),
    caught: [],
    attempts: 0,
    refuse: () => null,
    beforeReply: async () => undefined,
    async start() {
      server = new SMTPServer({
        disabledCommands: ['AUTH', 'STARTTLS'],
        // It stops at once, even with open connections.
        closeTimeout: 10,
        onRcptTo({ address }, _session, done) {
          smtp.attempts += 1;
          const refusal = smtp.refuse(address);
          done(
            refusal === null ? null : Object.assign(new Error(refusal.text), { responseCode: refusal.code }),
          );
        },
        onData(stream, session, done) {
          const chunks: Buffer[] = [];
          stream.on('data', (chunk) => chunks.push(chunk));
          stream.on('end', () => {
            const raw = Buffer.concat(chunks).toString('utf8');
            smtp.caught.push({
              to: session.envelope.rcptTo.map(({ address }) => address).join(),
              raw,
              header: (name) => headerOf(raw, name),
            });
            smtp.beforeReply().then((reply) => {
              if (reply !== 'cut') return done();
              for (const socket of sockets) socket.destroy();
            }, done);
          });
        },
      });
      server.on('error', () => undefined);
      server.server.on('connection', (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      });
      server.listen(smtp.port, '127.0.0.1');
      await once(server.server, 'listening');
    },
    async stop() {
      const closing = server;
      server = null;
      if (closing !== null) await new Promise<void>((resolve) => closing.close(resolve));
    },
  };
  await smtp.start();
  return smtp;
}

function headerOf(raw: string, name: string): string | null {
  const [head = ''] = raw.split('\r\n\r\n');
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ');
  const line = unfolded.split('\r\n').find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}: `));
  return line === undefined ? null : line.slice(name.length + 2);
}

/** The connection to a test's mail server. */
export function openTestTransport({ port }: Pick<TestSmtp, 'port'>): Transport {
  const server = { host: '127.0.0.1', port, security: 'none', user: undefined, password: undefined } as const;
  return openTransport(server, { SMTP_CONNECTIONS: 2 });
}

/** Takes mail as the mailer does, with short pauses. */
export function startTestTaking(
  broker: Broker,
  transport: Pick<Transport, 'send' | 'trouble'>,
  log = silentLog,
  claiming: { validMs?: number; unsettledAfterMs?: number } = {},
) {
  const clock = () => new Date();
  return takeMail({
    broker,
    transport,
    findRecipient: recipientFinder(broker),
    keepDeadMail: deadMailKeeper({ broker, clock }),
    logSent: (id, mail, at) => publishAuditEvent(broker, mailSent(id, mail, at)),
    logWithheld: (id, mail, at) => publishAuditEvent(broker, mailWithheld(id, mail, at)),
    claims: createClaims({
      records: mailRecords(broker),
      clock,
      log,
      stopping: new AbortController().signal,
      ...claiming,
    }),
    clock,
    log,
    letters: LETTERS,
    triesMax: 3,
    delayMs: () => 50,
    atOnce: 4,
    probeMs: 50,
    ackWaitMs: 1_000,
  });
}

/** The dependencies with which the operator's command and the API handle dead letters. */
export function deadLetterDeps(broker: Broker) {
  const log = silentLog;
  return {
    broker,
    log,
    clock: () => new Date(),
    records: mailRecords(broker),
    deadLetters: deadLetterStore(broker, log),
  };
}

/** The mails that the server received for one event. */
export function receivedAs({ caught }: TestSmtp, id: string): CaughtMail[] {
  return caught.filter((mail) => mail.header('Message-ID') === `<${id}@guichet.example>`);
}

/** Keeps a mail as a dead letter. @returns its sequence in the stream */
export function publishDeadMail(
  broker: Broker,
  mail: ReceivedMailEvent,
  changes: Partial<DeadMail> = {},
): ReturnType<Broker['publish']> {
  const subject = `mail.${mail.template}`;
  const letter: DeadMail = {
    mail_id: mail.id,
    subject,
    cause: 'refused',
    reason: 'no such user',
    tries: 1,
    dead_since: new Date().toISOString(),
    payload: Buffer.from(JSON.stringify(mail)).toString('base64'),
    message_id: newId(),
    ...changes,
  };
  return broker.publish({
    id: newId(),
    subject: `dead.${subject}`,
    payload: Buffer.from(JSON.stringify(letter)),
  });
}

/** A mailer's API on a NATS server of its own, which sends nothing; for tests. */
export async function startTestMailer({ tokens = testTokens() } = {}) {
  const nats = await startTestNats();
  const broker = await testBroker(nats, ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG']);
  const deps = deadLetterDeps(broker);
  const app = createMailerApp({
    ...deps,
    verify: tokens.verify,
    findRecipient: recipientFinder(broker),
    letters: LETTERS,
    ready: async () => [],
    peerName: (request) => String(request.headers['x-test-peer'] ?? '') || null,
  });
  const client = await contractClient(app, '/api/mail/openapi.json');

  /** Adds a dead letter. @returns its id */
  async function addDeadMail(
    changes: Partial<DeadMail> = {},
    mail: ReceivedMailEvent = buildMail(),
  ): Promise<string> {
    return String(await publishDeadMail(broker, mail, changes));
  }

  return {
    ...deps,
    nats,
    tokens,
    client,
    addDeadMail,
    /** The entries of the audit log. */
    async logged(): Promise<
      { action: string; correlation_id: string | null; actor: unknown; data: unknown }[]
    > {
      const { manager } = await broker.whenReady();
      const { state } = await manager.streams.info('LOG');
      const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
      return Promise.all(
        sequences.map(async (seq) => (await manager.streams.getMessage('LOG', { seq })).json() as never),
      );
    },
    async close() {
      await client.close();
      await broker.close();
      await nats.remove();
    },
  };
}
