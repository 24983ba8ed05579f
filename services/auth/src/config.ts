import { cpus } from 'node:os';
import {
  clockSettings,
  databaseSettings,
  eventKeySettings,
  natsSettings,
  serverSettings,
} from '@guichet/config';
import { z } from 'zod';
import type { Policy } from './deps.ts';
import type { Rotation } from './keys/rules.ts';
import { Email, Username } from './users/rules.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** For commands that end sessions, too. */
export const tokenSettings = {
  TOKEN_TTL_SECONDS: z.coerce.number().int().min(10).max(3600).default(600),
};

/** Every setting of auth. */
export const authSettings = {
  ...serverSettings,
  ...clockSettings,
  ...databaseSettings,
  ...natsSettings,
  ...eventKeySettings,
  ...tokenSettings,
  /** Whether a registration waits for an agent. */
  REGISTRATION: z.enum(['approval', 'open']).default('approval'),
  /** The bank's address in a browser; links in mails start with it. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** Where accounts listens: it is asked before a person is forgotten. */
  ACCOUNTS_URL: z.url({ protocol: /^https$/ }),
  /** 32 bytes in base64: seals signing keys and second factors in the database. */
  KEY_ENCRYPTION_KEY: z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === 32, 'must be 32 bytes in base64'),
  /** A session that nobody refreshes ends after so many days. */
  SESSION_IDLE_DAYS: z.coerce.number().min(0.01).max(366).default(30),
  /** Every session ends after so many days. */
  SESSION_MAX_DAYS: z.coerce.number().min(0.01).max(366).default(90),
  /** How long a key signs. */
  SIGNING_KEY_DAYS: z.coerce.number().min(0.01).max(366).default(30),
  /** Passwords hashed at once; each takes a core and 19 MiB. By default one core is left to the rest of the bank. */
  PASSWORD_HASHES_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, cpus().length - 1)),
  /** The first superuser, made where there is none. */
  SUPERUSER_USERNAME: Username.default('superuser'),
  SUPERUSER_EMAIL: Email.default('superuser@guichet.example'),
  /** Without it a password is made and shown once. */
  SUPERUSER_PASSWORD: z.string().optional(),
};

type AuthSettings = z.output<z.ZodObject<typeof authSettings>>;

/** The settings that use cases depend on. */
export function policyFrom(settings: AuthSettings): Policy {
  return {
    registration: settings.REGISTRATION,
    publicUrl: settings.PUBLIC_URL,
    tokenTtlSeconds: settings.TOKEN_TTL_SECONDS,
    sessionIdleSeconds: settings.SESSION_IDLE_DAYS * DAY_SECONDS,
    sessionMaxSeconds: settings.SESSION_MAX_DAYS * DAY_SECONDS,
  };
}

/** How signing keys rotate. A key is published an hour before it signs, or a tenth of its time if that is shorter. */
export function rotationFrom({ SIGNING_KEY_DAYS }: AuthSettings): Rotation {
  const intervalMs = SIGNING_KEY_DAYS * DAY_SECONDS * 1000;
  return { intervalMs, aheadMs: Math.min(60 * 60 * 1000, intervalMs / 10) };
}
