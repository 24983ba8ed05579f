import { bankTimeZone } from '@guichet/calendar';
import { clockSettings, eventKeySettings, natsSettings, serverSettings } from '@guichet/config';
import { z } from 'zod';

/** Every setting of the mailer. */
export const mailerSettings = {
  ...serverSettings,
  ...clockSettings,
  ...natsSettings,
  ...eventKeySettings,
  AUTH_URL: z.url({ protocol: /^https$/ }).describe('Where auth listens: for its keys and revocations.'),
  SMTP_URL: z
    .string()
    .optional()
    .describe(
      'The mail server as `smtp://user:password@host:port` (port 587) or `smtps://…` (465), in place of `SMTP_HOST`, `SMTP_PORT`, `SMTP_USER` and `SMTP_PASSWORD`.',
    ),
  SMTP_HOST: z.string().optional().describe('The host of the mail server, if there is no `SMTP_URL`.'),
  SMTP_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('The port of the mail server, if there is no `SMTP_URL`.'),
  SMTP_USER: z.string().optional().describe('The user on the mail server, if it needs one.'),
  SMTP_PASSWORD: z.string().optional().describe('The password of that user.'),
  SMTP_SECURITY: z
    .enum(['none', 'starttls', 'tls'])
    .optional()
    .describe(
      '`none`: plain; `starttls`: plain at first, refused unless it turns to TLS; `tls`: TLS from the first byte. By default `starttls`, and `tls` with `smtps://`.',
    ),
  SMTP_CA: z
    .string()
    .optional()
    .describe(
      "The authority that signed the mail server's certificate, in PEM, if the system does not know it.",
    ),
  SMTP_CONNECTIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('Connections to the mail server at most.'),
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be an email address')
    .describe('The sender: an address, or a name with the address in angle brackets.'),
  MAIL_TRIES: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe(
      'Deliveries after which a mail that the server keeps refusing for the moment becomes a dead letter.',
    ),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .describe("The bank's address in a browser, for links."),
  BANK_NAME: z
    .string()
    .regex(/^[^\r\n]{1,80}$/)
    .default('Guichet')
    .describe('The name of the bank, in mails.'),
  BANK_TIME_ZONE: bankTimeZone.describe('The time zone of dates in mails.'),
};

type MailerSettings = z.output<z.ZodObject<typeof mailerSettings>>;
export type SmtpSettings = Pick<
  MailerSettings,
  | 'SMTP_URL'
  | 'SMTP_HOST'
  | 'SMTP_PORT'
  | 'SMTP_USER'
  | 'SMTP_PASSWORD'
  | 'SMTP_SECURITY'
  | 'SMTP_CA'
  | 'SMTP_CONNECTIONS'
>;
