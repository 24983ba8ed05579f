import { timeZoneSchema } from '@guichet/calendar';
import { eventKeySettings, natsSettings, serverSettings } from '@guichet/config';
import { z } from 'zod';

/** Every setting of the frontend. */
export const frontendSettings = {
  ...serverSettings,
  ...natsSettings,
  ...eventKeySettings,
  PORT: serverSettings.PORT.removeDefault().default(8080),
  AUTH_URL: z.url(),
  ACCOUNTS_URL: z.url(),
  LOGGING_URL: z.url(),
  /** The address that browsers know; https makes the cookie Secure and sends HSTS. */
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://localhost:8080'),
  /** Seals the session cookie; the same for every replica. */
  SESSION_SECRET: z.string().min(32, 'at least 32 characters'),
  /** The secret before a rotation: still opens cookies, seals none. */
  SESSION_SECRET_PREVIOUS: z.string().min(32, 'at least 32 characters').optional(),
  BANK_NAME: z.string().min(1).max(40).default('Guichet'),
  BANK_TIME_ZONE: timeZoneSchema.default('Europe/Paris'),
  /** Proxies in front that write X-Forwarded-For; with 0 what a browser sends there is ignored. */
  FORWARDED_HOPS: z.coerce.number().int().min(0).max(5).default(0),
};

export type Settings = z.output<z.ZodObject<typeof frontendSettings>>;
