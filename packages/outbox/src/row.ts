import type { Topic } from '@guichet/contract/events';

/** A message as the outbox stores it, with its payload as JSON text. */
export interface Written {
  id: string;
  subject: string;
  payload: string;
}

/**
 * A row of the outbox. A single message is stored as it is; a packed row holds several: its subject is a wildcard (`log.*`) and its
 * payload a JSON list of `{"id", "subject", "payload"}`.
 */
export interface Row extends Written {
  messages: number;
  family: Family;
}

/**
 * The first words of the subjects, one per stream. Families are published independently, so that a stream that is unavailable does not hold up
 * the others, least of all revocations.
 */
export const FAMILIES = ['revocations', 'users', 'mail', 'log'] as const satisfies readonly Topic[];
export type Family = (typeof FAMILIES)[number];

/** @throws RangeError if no stream has the subject */
export function familyOf(subject: string): Family {
  const family = FAMILIES.find((one) => subject.startsWith(`${one}.`));
  if (family === undefined) throw new RangeError(`no stream takes the subject ${subject}`);
  return family;
}

export const MAX_ROW_MESSAGES = 64;
export const MAX_ROW_BYTES = 1_000_000;

// JSON.stringify writes no line breaks, so this separator never occurs within a message and a row can be split without parsing.
const BETWEEN = '\n,\n';
const PAYLOAD = ',"payload":';

/** Packs messages of one family into one row. */
export function toRow(family: Family, messages: readonly Written[]): Row {
  const [first] = messages;
  if (first === undefined) throw new Error('a row holds at least one message');
  if (messages.length === 1) return { ...first, messages: 1, family };
  let list = '[';
  for (const [index, { id, subject, payload }] of messages.entries()) {
    list += `${index === 0 ? '' : BETWEEN}{"id":${JSON.stringify(id)},"subject":${JSON.stringify(subject)}${PAYLOAD}${payload}}`;
  }
  return { id: first.id, subject: `${family}.*`, payload: `${list}]`, messages: messages.length, family };
}

/** The messages of a row, in order. */
export function messagesOf(row: Written): Written[] {
  const { id, subject, payload } = row;
  if (!subject.endsWith('*')) return [{ id, subject, payload }];
  return payload
    .slice(1, -1)
    .split(BETWEEN)
    .map((text) => {
      const at = text.indexOf(PAYLOAD);
      const head = JSON.parse(`${text.slice(0, at)}}`) as Pick<Written, 'id' | 'subject'>;
      return { ...head, payload: text.slice(at + PAYLOAD.length, -1) };
    });
}
