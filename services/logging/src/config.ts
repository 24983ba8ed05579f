import { timeZoneSchema } from '@guichet/calendar';
import { databaseSettings, eventKeySettings, natsSettings, serverSettings } from '@guichet/config';
import { z } from 'zod';

/** Every setting of logging. */
export const loggingSettings = {
  ...serverSettings,
  ...databaseSettings,
  ...natsSettings,
  ...eventKeySettings,
  AUTH_URL: z.url({ protocol: /^https$/ }),
  /** Whose days the charts and the bare dates of the filters mean. */
  BANK_TIME_ZONE: timeZoneSchema.default('Europe/Paris'),
  /** Entries that one transaction takes at most. */
  LOG_BATCH: z.coerce.number().int().min(1).max(2_000).default(500),
  /** How often the chain is walked; it takes a twentieth of the time at most, however long it is. */
  LOG_VERIFY_EVERY_SECONDS: z.coerce.number().int().min(1).default(3_600),
  /** Live streams that one process keeps open; one more ends the oldest. */
  LOG_STREAMS_MAX: z.coerce.number().int().min(1).max(10_000).default(500),
};
