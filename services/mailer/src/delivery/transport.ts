import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { inSpan, type SpanOptions } from '@guichet/tracing';
import { createTransport } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { SmtpSettings } from '../config.ts';
import type { MailServer } from '../mail-server.ts';

/** The connection to the mail server. */
export interface Transport {
  /**
   * Resolves once the server accepts the mail. `beforeContent` runs when the server has accepted sender and recipient and waits for the content; if it
   * throws, none of the content is sent.
   * @throws SmtpError with the server's reply
   */
  send(message: SMTPPool.MailOptions, beforeContent: () => Promise<void>): Promise<void>;
  /** Null if the server responds and accepts the credentials; otherwise the error. */
  trouble(): Promise<string | null>;
  close(): void;
}

/** How long the server may take to reply. */
const REPLY_WITHIN_MS = 120_000;

/** Opens a pool of connections, each created when first needed; every step has a timeout. */
export function openTransport(
  { host, port, security, user, password }: MailServer,
  { SMTP_CA: ca, SMTP_CONNECTIONS: maxConnections }: Pick<SmtpSettings, 'SMTP_CA' | 'SMTP_CONNECTIONS'>,
): Transport {
  const described: SpanOptions = {
    kind: 'client',
    attributes: { 'network.protocol.name': 'smtp', 'server.address': host, 'server.port': port },
  };
  const transport = createTransport({
    pool: true,
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    maxConnections,
    maxMessages: 100,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    // The server may have accepted a mail whose reply is late, so it is given time (RFC 5321, section 4.5.3.2.6).
    socketTimeout: REPLY_WITHIN_MS,
    dnsTimeout: 10_000,
    // Templates have no attachments: no mail may make the mailer read a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // If the server closes an idle connection, the next mail opens another.
  transport.on('error', () => undefined);

  transport.use('stream', ({ data, message }, done) => {
    const open = message.createReadStream.bind(message);
    // nodemailer leaves fields of a mail that it doesn't know as they are.
    const { gate } = data as unknown as { gate: Gate };
    message.createReadStream = () => gatedContent(gate, open);
    done();
  });

  return {
    send: (message, beforeContent) =>
      inSpan('send mail', described, async () => {
        // Called back by the connection, which runs in the trace of the mail that opened it.
        const gate: Gate = { open: AsyncLocalStorage.bind(beforeContent), isContentStarted: false };
        const gated = { ...message, gate };
        try {
          await transport.sendMail(gated);
        } catch (error) {
          throw Object.assign(error as Error, { isContentStarted: gate.isContentStarted });
        }
      }),
    trouble: () =>
      transport.verify().then(
        () => null,
        (error: Error) => error.message,
      ),
    close: () => transport.close(),
  };
}

/** The steps that the content of one mail waits for. */
interface Gate {
  readonly open: () => Promise<void>;
  isContentStarted: boolean;
}

/** The content as a stream, which nodemailer reads once the server waits for it. nodemailer asks for another one if it has to connect again. */
function gatedContent(gate: Gate, contentOf: () => Readable): Readable {
  const stream = Readable.from(read(), { objectMode: false });
  return stream;

  async function* read(): AsyncGenerator<Buffer> {
    const content = Buffer.concat(await contentOf().toArray());
    await gate.open();
    if (gate.isContentStarted || stream.destroyed) throw new Error('the connection was lost');
    gate.isContentStarted = true;
    yield content;
  }
}
