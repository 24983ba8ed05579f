import { timeZoneSchema } from '@guichet/calendar';
import { databaseSettings, eventKeySettings, natsSettings, serverSettings } from '@guichet/config';
import { z } from 'zod';

/** Every setting of logging. */
export const loggingSettings = {
  ...serverSettings,
  ...databaseSettings,
  ...natsSettings,
  ...eventKeySettings,
  AUTH_URL: z.url({ protocol: /^https$/ }).describe('Where auth listens: for its keys and revocations.'),
  BANK_TIME_ZONE: timeZoneSchema
    .default('Europe/Paris')
    .describe("The time zone of the bank's days, in charts and in filters by date."),
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
  LOG_STREAMS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(500)
    .describe('Live streams that one process keeps open; one more ends the oldest.'),
};
