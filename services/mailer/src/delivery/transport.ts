import { createTransport } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { SmtpSettings } from '../config.ts';

/** The connection to the mail server. Sending resolves once the server accepts the mail, and rejects with the server's reply. */
export interface Transport {
  send(message: SMTPPool.MailOptions): Promise<void>;
  /** Null if the server responds and accepts the credentials; otherwise the error. */
  trouble(): Promise<string | null>;
  close(): void;
}

/** Opens a pool of connections, each created when first needed; every step has a timeout. */
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
    // Templates have no attachments: no mail may make the mailer read a file or a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // If the server closes an idle connection, the next mail opens another.
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
