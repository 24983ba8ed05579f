import { createTransport } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { SmtpSettings } from '../config.ts';

/** The way to the mail server: what it is given is accepted there, or the promise rejects with the server's words. */
export interface Transport {
  send(message: SMTPPool.MailOptions): Promise<void>;
  /** Null where the server answers, and takes our name and password; else what is wrong. */
  trouble(): Promise<string | null>;
  close(): void;
}

/** Opens a pool of connections, each made when first needed; every step of it has its time. */
export function openTransport(settings: SmtpSettings): Transport {
  const { SMTP_SECURITY: security, SMTP_USER: user, SMTP_PASSWORD: pass, SMTP_CA: ca } = settings;
  const transport = createTransport({
    pool: true,
    host: settings.SMTP_HOST,
    port: settings.SMTP_PORT,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
    maxConnections: settings.SMTP_CONNECTIONS,
    maxMessages: 100,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    dnsTimeout: 10_000,
    // No template attaches anything; nothing that is mailed may name a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // An idle connection that the server closes is no event: the next mail opens another.
  transport.on('error', () => undefined);

  return {
    async send(message) {
      await transport.sendMail(message);
    },
    trouble: () =>
      transport.verify().then(
        () => null,
        (error: Error) => error.message,
      ),
    close: () => transport.close(),
  };
}
