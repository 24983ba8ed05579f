import { bankTimeZone } from '@guichet/calendar';
import { eventKeySettings, listSetting, natsSettings, serverSettings } from '@guichet/config';
import { z } from 'zod';

/** Every setting of the frontend. */
export const frontendSettings = {
  ...serverSettings,
  ...natsSettings,
  ...eventKeySettings,
  PORT: serverSettings.PORT.removeDefault()
    .default(8080)
    .describe('The port of the pages and of `/api`, in plain HTTP, behind an ingress.'),
  AUTH_URL: z.url().describe('Where auth listens.'),
  ACCOUNTS_URL: z.url().describe('Where accounts listens.'),
  LOGGING_URL: z.url().describe('Where logging listens.'),
  MAILER_URL: z.url().describe('Where the mailer listens.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://localhost:8080')
    .describe(
      'The address in browsers; with `https:` the cookie is `__Host-guichet` and Secure, and HSTS is sent.',
    ),
  SESSION_SECRET: listSetting
    .refine(
      (secrets): secrets is [string, ...string[]] =>
        secrets.length > 0 && secrets.every(({ length }) => length >= 32),
      'must be a list of secrets of at least 32 characters',
    )
    .describe(
      'Secrets of at least 32 characters, separated by commas, for the session cookie: the first seals, all open. The same for every replica.',
    ),
  BANK_NAME: z.string().min(1).max(40).default('Guichet').describe('The name of the bank, on pages.'),
  BANK_TIME_ZONE: bankTimeZone.describe('The time zone of dates on pages.'),
  IDLE_SIGN_OUT_MINUTES: z.coerce
    .number()
    .int()
    .min(2)
    .max(24 * 60)
    .default(15)
    .describe(
      'Pages sign a user out who has done nothing for this long, with a warning a minute before. Customers can choose to stay signed in on their device.',
    ),
  STYLEGUIDE: z
    .enum(['on', 'off'])
    .default('off')
    .describe('`on` serves `/styleguide`, a page with every component in every state, for developers.'),
  FORWARDED_HOPS: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe('Proxies in front that write `X-Forwarded-For`; with 0 that header is ignored.'),
};
