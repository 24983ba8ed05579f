import type { StreamName, Topic } from '@guichet/contract/events';
import { packEvents, unpackEvents } from '@guichet/events';

/** A message as the outbox stores it, with its payload as JSON text. */
export interface Written {
  id: string;
  subject: string;
  payload: string;
}

/** A row of the outbox is one message for JetStream: the events of one commit on one subject. */
export interface Row extends Written {
  /** The number of events. */
  events: number;
  family: Family;
}

/**
 * The first words of the subjects, one per stream. Families are published independently, so that a stream that is unavailable does not hold up
 * the others, least of all revocations.
 */
export const FAMILIES = ['revocations', 'users', 'mail', 'log', 'levels'] as const satisfies readonly Topic[];
export type Family = (typeof FAMILIES)[number];

/**
 * The consumers of these deduplicate by id and do not rely on the order, so several events travel as one message, and messages are published
 * concurrently. In the other families the last message of a subject is the current one: each event is a message of its own, and waits until the
 * previous one is stored.
 */
const FAMILIES_IN_ANY_ORDER: ReadonlySet<Family> = new Set(['log', 'mail']);
/**
 * The stream whose last message of a subject is what a new consumer reads. An older one must never follow it, so the server is told which message
 * each one replaces. A session or a key is revoked once, by the only message on its subject.
 */
export const streamOfLastStates = (family: Family): StreamName | null => LAST_STATES[family] ?? null;

const LAST_STATES: Readonly<Partial<Record<Family, StreamName>>> = { users: 'USERS', levels: 'LEVELS' };

export const isInAnyOrder = (family: Family): boolean => FAMILIES_IN_ANY_ORDER.has(family);

/** @throws RangeError if no stream has the subject */
export function familyOf(subject: string): Family {
  const family = FAMILIES.find((one) => subject.startsWith(`${one}.`));
  if (family === undefined) throw new RangeError(`no stream takes the subject ${subject}`);
  return family;
}

/** Small enough that a consumer can hold many messages, large enough that a message costs little per event. */
export const MAX_ROW_EVENTS = 64;
export const MAX_ROW_BYTES = 250_000;

/** A row of events on one subject. */
export function toRow(subject: string, events: readonly Written[]): Row {
  return { ...packEvents(events), subject, events: events.length, family: familyOf(subject) };
}

/** The events of a row, in order. Several events of one row carry their ids in their payloads. */
export function eventsOf({ id, subject, payload }: Written): Written[] {
  const payloads = unpackEvents(Buffer.from(payload));
  if (payloads === null) return [{ id, subject, payload }];
  return payloads.map((one) => ({ id: (JSON.parse(one) as { id: string }).id, subject, payload: one }));
}
