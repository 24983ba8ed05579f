import { z } from 'zod';
import { Time } from '../fields.ts';
import { LOG_LEVELS } from '../lists/log-levels.ts';
import { ROLES } from '../lists/users.ts';

/** Stands for the username of a deleted user, and for every text about them. No user can have it. */
export const FORGOTTEN = '(deleted user)';

export const LogEntryView = z
  .object({
    id: z.string(),
    sequence: z.int(),
    time: Time,
    level: z.enum(LOG_LEVELS),
    service: z.string(),
    action: z.string(),
    actor: z.object({ id: z.string(), username: z.string(), role: z.enum(ROLES) }).nullable(),
    subject: z.object({ type: z.string(), id: z.string() }).nullable(),
    operation_id: z.string().nullable(),
    message: z.string(),
    correlation_id: z.string().nullable(),
    trace_id: z
      .string()
      .nullable()
      .meta({ description: 'The trace that it is a part of (W3C Trace Context); null for members' }),
    data: z.record(z.string(), z.unknown()),
    hash: z.string().meta({ description: 'SHA-256 over the entry and the hash of the one before, in hex' }),
  })
  .meta({ id: 'LogEntry' });
export type LogEntry = z.output<typeof LogEntryView>;
