import { cpus } from 'node:os';
import {
  clockSettings,
  databaseSettings,
  eventKeySettings,
  natsSettings,
  replicaSettings,
  serverSettings,
} from '@guichet/config';
import { EmailAddress } from '@guichet/contract';
import { Username } from '@guichet/contract/auth';
import { sealingKeys } from '@guichet/vault';
import { z } from 'zod';
import type { Policy } from './deps.ts';
import type { Rotation } from './keys/rules.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** Also for commands that end sessions. */
export const tokenSettings = {
  TOKEN_TTL_SECONDS: z.coerce
    .number()
    .int()
    .min(10)
    .max(3600)
    .default(600)
    .describe('How long an access token is valid.'),
};

/** Also for commands that list sessions. */
export const sessionSettings = {
  SESSION_IDLE_DAYS: z.coerce
    .number()
    .min(0.01)
    .max(366)
    .default(30)
    .describe('A session that is not refreshed for this long ends.'),
};

/** Also for commands that issue links. */
export const publicSettings = {
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .describe("The bank's address in a browser; links in mails start with it."),
};

/** Also for commands that seal or open what the database keeps. */
export const vaultSettings = {
  KEY_ENCRYPTION_KEY: sealingKeys().describe(
    'Keys of 32 bytes in base64, separated by commas, for signing keys and second factors in the database: the first seals, all open.',
  ),
};

/** Also for commands that change the signing keys. */
export const rotationSettings = {
  SIGNING_KEY_DAYS: z.coerce
    .number()
    .min(0.01)
    .max(366)
    .default(30)
    .describe('How long a key signs before the next one does.'),
};

/** Every setting of auth. */
export const authSettings = {
  ...serverSettings,
  ...clockSettings,
  ...databaseSettings,
  ...replicaSettings,
  ...natsSettings,
  ...eventKeySettings,
  ...tokenSettings,
  REGISTRATION: z
    .enum(['approval', 'open'])
    .default('approval')
    .describe(
      '`approval`: a new user waits for an agent; `open`: the link in the registration mail activates them.',
    ),
  REQUIRE_TOTP_FOR_STAFF: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('`true`: agents and superusers without a second factor can only set one up.'),
  ...publicSettings,
  ACCOUNTS_URL: z
    .url({ protocol: /^https$/ })
    .describe(
      'Where accounts listens: it has to agree before a user is deleted, and has a part of their data.',
    ),
  LOGGING_URL: z
    .url({ protocol: /^https$/ })
    .describe('Where logging listens: it has a part of the data that a user downloads.'),
  ...vaultSettings,
  ...sessionSettings,
  SESSION_MAX_DAYS: z.coerce
    .number()
    .min(0.01)
    .max(366)
    .default(90)
    .describe('Every session ends after this long.'),
  ...rotationSettings,
  PASSWORD_HASHES_AT_ONCE: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, cpus().length - 1))
    .meta({
      description: 'Passwords hashed at once; each takes a core and 19 MiB.',
      defaultText: 'all cores but one',
    }),
  SUPERUSER_USERNAME: Username.default('superuser').describe(
    'The username of the first superuser, who is created if there is none.',
  ),
  SUPERUSER_EMAIL: EmailAddress.default('superuser@guichet.example').describe('Their email address.'),
  SUPERUSER_PASSWORD: z
    .string()
    .optional()
    .describe('Their password; without it one is generated and shown once.'),
};

type AuthSettings = z.output<z.ZodObject<typeof authSettings>>;

/** The settings that use cases depend on. */
export function policyFrom(settings: AuthSettings): Policy {
  return {
    registration: settings.REGISTRATION,
    requireTotpForStaff: settings.REQUIRE_TOTP_FOR_STAFF,
    publicUrl: settings.PUBLIC_URL,
    tokenTtlSeconds: settings.TOKEN_TTL_SECONDS,
    sessionIdleSeconds: settings.SESSION_IDLE_DAYS * DAY_SECONDS,
    sessionMaxSeconds: settings.SESSION_MAX_DAYS * DAY_SECONDS,
  };
}

/** The settings that commands need to list and end sessions. */
export function sessionPolicyFrom(
  settings: Pick<AuthSettings, 'TOKEN_TTL_SECONDS' | 'SESSION_IDLE_DAYS'>,
): Pick<Policy, 'tokenTtlSeconds' | 'sessionIdleSeconds'> {
  return {
    tokenTtlSeconds: settings.TOKEN_TTL_SECONDS,
    sessionIdleSeconds: settings.SESSION_IDLE_DAYS * DAY_SECONDS,
  };
}

/** How signing keys rotate. A key is published an hour before it signs, or a tenth of its time if that is shorter. */
export function rotationFrom({ SIGNING_KEY_DAYS }: Pick<AuthSettings, 'SIGNING_KEY_DAYS'>): Rotation {
  const intervalMs = SIGNING_KEY_DAYS * DAY_SECONDS * 1000;
  return { intervalMs, aheadMs: Math.min(60 * 60 * 1000, intervalMs / 10) };
}
