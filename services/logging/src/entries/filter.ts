import { type Calendar, timeOrDate } from '@guichet/calendar';
import { Id, LENGTHS, LOG_LEVELS, type LogLevel, text } from '@guichet/contract';
import {
  isLogFamily,
  LOG_FAMILIES,
  LOG_OUTCOMES,
  LOG_TOPICS,
  type LogFamily,
  type LogOutcome,
  type LogTopic,
} from '@guichet/contract/events';
import { z } from 'zod';
import { ADDRESS_LENGTH_MAX, addressOf } from '../intake/sign-in-address.ts';

/** The entries that a caller requested, limited to what the caller may read. */
export interface LogFilter {
  /** Only entries that this user may read; null if the caller may read all. */
  readonly visibleTo: string | null;
  /** The actor or the subject. */
  readonly namedUser: string | null;
  /** The actor, the subject, or the owner of the subject. */
  readonly concernedUser: string | null;
  /** Only what this user did. */
  readonly actor: string | null;
  /** Only decisions: an agent approved or rejected an operation. */
  readonly isDecision: boolean;
  /** How the operation of the entry ended. */
  readonly outcome: LogOutcome | null;
  /** The network address of a failed sign-in. */
  readonly address: string | null;
  readonly family: LogFamily | null;
  readonly topic: LogTopic | null;
  readonly action: string | null;
  /** Only entries of these actions; null for all. A text search looks for the actions for which the pages show the text. */
  readonly actions: readonly string[] | null;
  /** Only entries of other actions. */
  readonly notActions: readonly string[];
  readonly level: LogLevel | null;
  readonly service: string | null;
  /** Inclusive. */
  readonly from: Date | null;
  /** Exclusive. */
  readonly to: Date | null;
  readonly text: string | null;
  readonly correlationId: string | null;
  readonly traceId: string | null;
  readonly operationId: string | null;
}

/** The filter of all entries. */
export const ALL_ENTRIES: LogFilter = {
  visibleTo: null,
  namedUser: null,
  concernedUser: null,
  actor: null,
  isDecision: false,
  outcome: null,
  address: null,
  family: null,
  topic: null,
  action: null,
  actions: null,
  notActions: [],
  level: null,
  service: null,
  from: null,
  to: null,
  text: null,
  correlationId: null,
  traceId: null,
  operationId: null,
};

const LEVEL_LENGTH_MAX = 'WARNING'.length;
const person = text(LENGTHS.correlationId).min(1);
const visible = (max: number) => text(max).regex(/^[\x20-\x7e]+$/, 'must be printable ASCII');
const time = timeOrDate.regex(/^(19[7-9]\d|[2-9])/, 'must be in 1970 or later');

// Upper or lower case, without the flag `i`: JSON Schema's patterns have no flags.
const ANY_LEVEL = new RegExp(
  `^(${LOG_LEVELS.map((level) => level.replace(/./g, (letter) => `[${letter}${letter.toLowerCase()}]`)).join('|')})$`,
);

/** The query fields of the filters that every route of the log has. */
export const filterQuery = {
  user: person.optional().meta({ description: 'Actor or subject, by id or username' }),
  concerns: person
    .optional()
    .meta({ description: 'Actor, subject, or owner of the subject, by id or username' }),
  actor: person.optional().meta({ description: 'Actor, by id or username' }),
  decision: z
    .literal('true')
    .optional()
    .meta({ description: 'Only decisions: an agent approved or rejected an operation' }),
  outcome: z.enum(LOG_OUTCOMES).optional().meta({ description: 'How an operation ended' }),
  address: visible(ADDRESS_LENGTH_MAX)
    .optional()
    .meta({ description: 'Failed sign-ins from a network address; an IPv6 /64 counts as one' }),
  type_action: text(LENGTHS.logAction)
    .regex(/^[A-Za-z_]+$/, 'must be an action')
    .transform((word) => word.toUpperCase())
    .optional()
    .meta({ description: `An action, or ${LOG_FAMILIES.join(', ')}` }),
  topic: z
    .enum(LOG_TOPICS)
    .optional()
    .meta({ description: 'What customers look for: their money, their security or their profile' }),
  level: text(LEVEL_LENGTH_MAX)
    .regex(ANY_LEVEL, `must be one of ${LOG_LEVELS.join(', ')}`)
    .transform((word) => word.toUpperCase())
    .pipe(z.enum(LOG_LEVELS))
    .optional(),
  service: visible(40).optional(),
  from: time.optional(),
  to: time.optional(),
  q: text(LENGTHS.search).min(1).optional().meta({
    description:
      'Each of its words must be in what the pages show for the entry in any language, in its message or its data, or in the username of the actor or of the subject; or be one of its ids',
  }),
  correlation_id: visible(LENGTHS.correlationId).optional(),
  trace_id: text(32)
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .meta({
      description: 'The id of a trace (W3C Trace Context): the entries of all requests and messages in it',
    }),
  operation: Id.optional(),
};

const FilterQuery = z.object(filterQuery);
export type FilterQuery = z.output<typeof FilterQuery>;

/** Turns a query into a filter; `people` are the users that it names, by id. */
export function toFilter(
  query: FilterQuery,
  calendar: Calendar,
  people: Pick<LogFilter, 'visibleTo' | 'namedUser' | 'concernedUser' | 'actor'>,
): LogFilter {
  const word = query.type_action ?? null;
  const family = word !== null && isLogFamily(word) ? word : null;
  return {
    ...people,
    isDecision: query.decision === 'true',
    outcome: query.outcome ?? null,
    address: query.address === undefined ? null : addressOf(query.address),
    family,
    topic: query.topic ?? null,
    action: family === null ? word : null,
    actions: null,
    notActions: [],
    level: query.level ?? null,
    service: query.service ?? null,
    ...calendar.period(query),
    text: query.q ?? null,
    correlationId: query.correlation_id ?? null,
    traceId: query.trace_id ?? null,
    operationId: query.operation ?? null,
  };
}
