import { type Calendar, timeOrDate } from '@guichet/calendar';
import { Id } from '@guichet/http';
import { z } from 'zod';
import { type Family, isFamily } from './rules.ts';

/** Which entries are asked for, once it is known who asks. */
export interface LogFilter {
  /** Only what this user may read; null for those who may read all. */
  readonly visibleTo: string | null;
  /** The actor or the subject. */
  readonly namedUser: string | null;
  /** Whose thing it was, beside the actor and the subject. */
  readonly concernedUser: string | null;
  readonly family: Family | null;
  readonly action: string | null;
  readonly level: 'INFO' | 'WARNING' | 'ERROR' | null;
  readonly service: string | null;
  /** Inclusive. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
  readonly text: string | null;
  readonly correlationId: string | null;
  readonly operationId: string | null;
}

const person = z.string().min(1).max(64);
const visible = (max: number) =>
  z.string().regex(new RegExp(`^[\\x20-\\x7e]{1,${max}}$`), 'holds a character that none has');
// Years that the database can compare with, whatever the zone adds.
const time = timeOrDate.refine((text) => text >= '1970' && text < '9999', 'is out of range');

/** The query fields by which every route of the log is filtered. */
export const filterQuery = {
  user: person.optional().meta({ description: 'Actor or subject, by id or username' }),
  concerns: person
    .optional()
    .meta({ description: 'Actor, subject, or whose thing it was, by id or username' }),
  type_action: z
    .string()
    .regex(/^[A-Za-z_]{1,64}$/, 'is no action')
    .transform((word) => word.toUpperCase())
    .optional()
    .meta({ description: 'An action, or VIREMENT, DEPOT, RETRAIT, COMPTE' }),
  level: z
    .string()
    .transform((word) => word.toUpperCase())
    .pipe(z.enum(['INFO', 'WARNING', 'ERROR']))
    .optional(),
  service: visible(40).optional(),
  from: time.optional(),
  to: time.optional(),
  q: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Text of the message, or part of the actor’s username' }),
  correlation_id: visible(64).optional(),
  operation: Id.optional(),
};

const FilterQuery = z.object(filterQuery);
export type FilterQuery = z.output<typeof FilterQuery>;

/** The filter that a query means, for people that are resolved already. */
export function toFilter(
  query: FilterQuery,
  calendar: Calendar,
  people: Pick<LogFilter, 'visibleTo' | 'namedUser' | 'concernedUser'>,
): LogFilter {
  const word = query.type_action ?? null;
  const family = word !== null && isFamily(word) ? word : null;
  return {
    ...people,
    family,
    action: family === null ? word : null,
    level: query.level ?? null,
    service: query.service ?? null,
    ...calendar.period(query),
    text: query.q ?? null,
    correlationId: query.correlation_id ?? null,
    operationId: query.operation ?? null,
  };
}
