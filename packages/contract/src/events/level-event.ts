import { z } from 'zod';
import { LINE_LEVELS } from '../lists/line-levels.ts';
import { SERVICES } from '../lists/services.ts';

/** An operator's change of the log level ends after a day at most, so that none is forgotten. */
export const LEVEL_CHANGE_MAX_MS = 24 * 60 * 60_000;

/** The lowest level of the lines that a service's processes write to stdout until then; from then on, or if it is null, that of their settings. */
export const LevelEvent = z.object({
  service: z.enum(SERVICES),
  level: z.enum(LINE_LEVELS).nullable(),
  until: z.iso.datetime(),
});
export type LevelEvent = z.output<typeof LevelEvent>;
