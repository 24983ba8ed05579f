import { z } from 'zod';
import { Time } from '../fields.ts';
import type { LogLevel } from '../lists/log-levels.ts';

export const LOG_BUCKETS = ['minute', 'hour', 'day'] as const;
export type LogBucket = (typeof LOG_BUCKETS)[number];

/**
 * The groups of entries. `hour`: the hours of the bank's days, by their start. `outcome`: how the operations of the entries ended. `address`: the network
 * addresses of failed sign-ins, an IPv6 /64 counting as one. `decision`: the agent who decided an operation, and the start of the bucket.
 */
export const LOG_GROUPS = [
  'actor',
  'action',
  'service',
  'level',
  'outcome',
  'hour',
  'address',
  'decision',
] as const;
export type LogGroup = (typeof LOG_GROUPS)[number];

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
    groups: z
      .array(z.object({ key: z.string(), count: z.int() }))
      .optional()
      .meta({ description: 'With `group`: its counts, largest first' }),
  })
  .meta({ id: 'LogStats' });
export type LogStats = z.output<typeof LogStatsView>;
