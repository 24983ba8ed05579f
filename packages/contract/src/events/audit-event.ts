import { z } from 'zod';
import { LOG_LEVELS, type LogLevel } from '../lists/log-levels.ts';
import { ROLES } from '../lists/users.ts';
import type { LOG_ACTIONS, LogAction, LogActionOn, LogServiceOf, SubjectType } from './log-actions.ts';
import type { Sentence } from './sentence.ts';
import { EventId, Traceparent, word } from './words.ts';

const cut = (length: number) => z.string().transform((text) => text.slice(0, length));

// MySQL's DATETIME ends with the year 9999, and an offset can shift a time beyond it.
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const LogTime = z.iso.datetime({ offset: true }).refine(
  (time) => {
    const at = Date.parse(time);
    return at >= 0 && at <= LAST_TIME;
  },
  { message: 'must be between the years 1970 and 9999' },
);

/**
 * An event that the audit log accepts. Unknown fields are dropped. Its service and action may be unknown to this release: during
 * an upgrade a newer service may log other actions, and no audit event may be lost.
 */
export const ReceivedAuditEvent = z.object({
  id: EventId,
  /** RFC 3339, UTC, milliseconds. */
  time: LogTime,
  service: word(40),
  actor: z.object({ id: EventId, username: cut(64), role: z.enum(ROLES) }).nullable(),
  action: word(64),
  level: z.enum(LOG_LEVELS),
  subject: z.object({ type: word(40), id: word(80) }).nullable(),
  operation_id: EventId.nullable().default(null),
  /** The users who may read it, besides its actor and a subject who is a user. */
  concerns: z.array(EventId).max(1_000).default([]),
  correlation_id: word(64).nullable(),
  traceparent: Traceparent,
  message: cut(8_000),
  /** The personal texts of the message, in the order of its slots. */
  names: z
    .array(z.object({ of: EventId, text: cut(400) }))
    .max(20)
    .default([]),
  data: z.record(z.string(), z.unknown()).default({}),
});
export type ReceivedAuditEvent = z.output<typeof ReceivedAuditEvent>;

/** The user who performed the action. */
export type Actor = NonNullable<ReceivedAuditEvent['actor']>;

/** An event of the audit log as a service makes it, once for each critical action. */
export type AuditEvent = {
  [Action in LogAction]: Omit<
    ReceivedAuditEvent,
    'service' | 'action' | 'level' | 'subject' | 'traceparent'
  > & {
    service: LogServiceOf<Action>;
    action: Action;
    level: LogLevelOf<Action>;
    subject: SubjectOf<Action>;
  };
}[LogAction];

/** What a call site says about an action. The list of actions gives the level, unless the action has several. */
export type AuditFacts<Action extends LogAction> = {
  action: Action;
  /** Null if the service acts on its own, or does not know the user. */
  actor: Actor | null;
  subject: SubjectOf<Action>;
  operationId?: string | null;
  /** The users who may read it, besides the actor. */
  concerns: ConcernsOf<Action>;
  sentence: Sentence;
  /** Must not contain secrets. */
  data?: DataOf<Action>;
} & LevelChoice<Action>;

/** A service's own warnings have fields of many kinds, and concern no user. */
type DataOf<Action extends LogAction> = [Action] extends ['SERVICE_WARNING' | 'SERVICE_ERROR']
  ? Record<string, unknown>
  : { readonly [Field in (typeof LOG_ACTIONS)[Action]['data'][number]]?: unknown };

type ConcernsOf<Action extends LogAction> = (typeof LOG_ACTIONS)[Action]['readers'] extends 'staff'
  ? readonly []
  : readonly string[];

// If only a union of actions is known, only what all of them allow is allowed.
type SubjectOf<Action extends LogAction> =
  | { type: SubjectTypeOf<Action>; id: string }
  | ([Action] extends [LogActionOn<null>] ? null : never);
type SubjectTypeOf<Action extends LogAction> = {
  [Type in SubjectType]: [Action] extends [LogActionOn<Type>] ? Type : never;
}[SubjectType];

type LogLevelOf<Action extends LogAction> = (typeof LOG_ACTIONS)[Action]['levels'][number];
type LevelChoice<Action extends LogAction> = (typeof LOG_ACTIONS)[Action]['levels'] extends readonly [
  LogLevel,
]
  ? { level?: never }
  : { level: LogLevelOf<Action> };
