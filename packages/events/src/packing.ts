/**
 * How several events of one commit travel as one message: a JSON list of their payloads. They share the message's subject and are sealed, stored
 * and acknowledged together. A message with one event is its payload, an object. docs/event-sealing.md specifies the format.
 */

// JSON.stringify writes no line breaks, so this never occurs within an event, and a list can be taken apart without parsing it.
const BETWEEN = '\n,\n';
const LIST = '['.charCodeAt(0);

/** An event with its payload as JSON text. */
export interface WrittenEvent {
  id: string;
  payload: string;
}

/** One message for events of one subject, in order. Its id is always the same for the same events. */
export function packEvents(events: readonly WrittenEvent[]): WrittenEvent {
  const [first] = events;
  if (first === undefined) throw new Error('a message has at least one event');
  if (events.length === 1) return first;
  return {
    id: `${first.id}+${events.length - 1}`,
    payload: `[${events.map(({ payload }) => payload).join(BETWEEN)}]`,
  };
}

/** The payloads of a message's events, in order; null if it has a single event. */
export function unpackEvents(data: Uint8Array): string[] | null {
  if (data[0] !== LIST) return null;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString().slice(1, -1).split(BETWEEN);
}

/** The id of one event of a packed message, as dead letters name it. */
export function packedId(messageId: string, index: number): string {
  return `${messageId}/${index}`;
}

/** The message that an id names, and the index of the event in it; null for the whole message. */
export function placeOf(id: string): { messageId: string; index: number | null } {
  const [, messageId = id, index] = /^(.*)\/(\d+)$/.exec(id) ?? [];
  return { messageId, index: index === undefined ? null : Number(index) };
}
