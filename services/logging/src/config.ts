import { bankTimeZone } from '@guichet/calendar';
import {
  databaseSettings,
  eventKeySettings,
  listSetting,
  natsSettings,
  replicaSettings,
  serverSettings,
} from '@guichet/config';
import { parseSigningKeys } from '@guichet/log-checkpoints';
import { z } from 'zod';

/** Also for the command that verifies the log. */
export const signingSettings = {
  LOG_SIGNING_KEY: listSetting
    .transform((items, context) => {
      try {
        return parseSigningKeys(items);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    })
    .describe(
      'The private keys of the checkpoints (Ed25519, 32 bytes in base64), separated by commas: the first signs, all are published. A key that no longer signs may be `public:` and its public key.',
    ),
};

/** For the commands about months; the service itself removes nothing. */
export const retentionSettings = {
  LOG_RETENTION_MONTHS: z.coerce
    .number()
    .int()
    .min(12)
    .default(12)
    .describe(
      'The age in months from which a month of the log may be dropped, by a command and after its export.',
    ),
};

/** Every setting of logging. */
export const loggingSettings = {
  ...serverSettings,
  ...databaseSettings,
  ...replicaSettings,
  ...natsSettings,
  ...eventKeySettings,
  ...signingSettings,
  ...retentionSettings,
  AUTH_URL: z.url({ protocol: /^https$/ }).describe('Where auth listens: for its keys and revocations.'),
  BANK_TIME_ZONE: bankTimeZone.describe(
    "The time zone of the bank's days, in charts and in filters by date.",
  ),
  LOG_BATCH: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_000)
    .default(500)
    .describe('Entries that one transaction stores at most.'),
  LOG_VERIFY_EVERY_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(3_600)
    .describe(
      'How often the chain is verified. It takes a twentieth of the time at most, however long it is.',
    ),
  LOG_CHECKPOINT_EVERY_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3_600)
    .default(1_800)
    .describe('How often the end of the log is signed, if the log has grown.'),
  LOG_CHECKPOINT_DIR: z
    .string()
    .optional()
    .describe(
      'A folder for a file of all checkpoints, `checkpoints.ndjson`; without it they are only in the database and on stdout.',
    ),
  LOG_STREAMS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe('Live streams that one process keeps open; one more ends the oldest.'),
};
