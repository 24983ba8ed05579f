import { timeZoneSchema } from '@guichet/calendar';
import { eventKeySettings, natsSettings, serverSettings } from '@guichet/config';
import { z } from 'zod';

/** Every setting of the mailer. */
export const mailerSettings = {
  ...serverSettings,
  ...natsSettings,
  ...eventKeySettings,
  SMTP_HOST: z.string(),
  SMTP_PORT: z.coerce.number().int().min(1).max(65535),
  SMTP_USER: z.string().optional(),
  SMTP_PASSWORD: z.string().optional(),
  /** none: plain; starttls: plain at first, refused unless it turns to TLS; tls: TLS from the first byte. */
  SMTP_SECURITY: z.enum(['none', 'starttls', 'tls']).default('starttls'),
  /** The authority that signed the mail server's certificate, in PEM, where the system does not know it. */
  SMTP_CA: z.string().optional(),
  SMTP_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(5),
  /** The sender: an address, or a name with the address in angle brackets. */
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>\r\n]+ <[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/, 'must be an email address'),
  /** Deliveries after which a mail that is refused for the moment becomes a dead letter. */
  MAIL_TRIES: z.coerce.number().int().min(1).max(1_000).default(20),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  BANK_NAME: z
    .string()
    .regex(/^[^\r\n]{1,80}$/)
    .default('Guichet'),
  BANK_TIME_ZONE: timeZoneSchema.default('Europe/Paris'),
};

export type MailerSettings = z.output<z.ZodObject<typeof mailerSettings>>;
export type SmtpSettings = Pick<
  MailerSettings,
  'SMTP_HOST' | 'SMTP_PORT' | 'SMTP_USER' | 'SMTP_PASSWORD' | 'SMTP_SECURITY' | 'SMTP_CA' | 'SMTP_CONNECTIONS'
>;
