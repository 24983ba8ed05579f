import { z } from 'zod';
import { Time } from '../fields.ts';
import type { LogLevel } from '../lists/log-levels.ts';

export const LOG_BUCKETS = ['minute', 'hour', 'day'] as const;
export type LogBucket = (typeof LOG_BUCKETS)[number];

const Counts = z.record(z.string(), z.int());

export const LogBarView = z
  .object({ start: Time, info: z.int(), warning: z.int(), error: z.int() })
  .meta({ id: 'LogBar' });
export type LogBar = z.output<typeof LogBarView>;

export const LogStatsView = z
  .object({
    total: z.int(),
    by_level: z.object({ INFO: z.int(), WARNING: z.int(), ERROR: z.int() } satisfies Record<
      LogLevel,
      z.ZodType
    >),
    by_action: Counts,
    by_service: Counts,
    series: z.array(LogBarView),
  })
  .meta({ id: 'LogStats' });
export type LogStats = z.output<typeof LogStatsView>;
