import { aboutWhom, fillSlots, type ReceivedAuditEvent } from '@guichet/contract/events';
import { FORGOTTEN } from '@guichet/contract/logging';

/** The part of an event that is about one person. */
export interface PersonalPart {
  /** The person is the actor. */
  username?: string;
  /** Texts of the message, by the numbers of their slots. */
  names?: Record<number, string>;
  /** Fields of the data. */
  data?: Record<string, unknown>;
}

/** An event with what it says about persons apart. */
export interface Split {
  readonly parts: ReadonlyMap<string, PersonalPart>;
  /** The fields of its data that are about no person, or about an unknown one. */
  readonly data: Record<string, unknown>;
}

/** Takes what is about a person out of an event: usernames, names in its message, and the fields that DATA_FIELDS lists. */
export function splitEvent(event: ReceivedAuditEvent): Split {
  const parts = new Map<string, PersonalPart>();
  const partOf = (id: string): PersonalPart => {
    const part = parts.get(id) ?? {};
    parts.set(id, part);
    return part;
  };
  const { actor } = event;
  if (actor !== null) partOf(actor.id).username = actor.username.toWellFormed();
  for (const [slot, { of, text }] of event.names.entries()) {
    const part = partOf(of);
    part.names = { ...part.names, [slot]: text.toWellFormed() };
  }
  const data: Record<string, unknown> = {};
  const customer = customerOf(event);
  for (const [field, value] of Object.entries(event.data)) {
    const about = aboutWhom(field);
    const person = about === 'actor' ? (actor?.id ?? null) : about === 'customer' ? customer : null;
    if (person === null) data[field] = value;
    else {
      const part = partOf(person);
      part.data = { ...part.data, [field]: value };
    }
  }
  return { parts, data };
}

/** The customer whom an event concerns: its subject, or else the first whom it concerns, or its actor. */
function customerOf({ subject, concerns, actor }: ReceivedAuditEvent): string | null {
  if (subject?.type === 'user' || subject?.type === 'customer_record') return subject.id;
  return concerns[0] ?? actor?.id ?? null;
}

/** A message with the texts that can be read in its slots. */
export function readMessage(message: string, parts: Iterable<PersonalPart>): string {
  const names = Object.assign({}, ...[...parts].map((part) => part.names));
  return fillSlots(message, (slot) => names[slot] ?? FORGOTTEN);
}
