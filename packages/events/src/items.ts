import type { ServiceName } from '@guichet/contract';
import { packedId, placeOf, unpackEvents } from './packing.ts';
import type { Received } from './received.ts';

/** What a message holds, once it is opened. */
interface Opened {
  readonly data: Uint8Array;
  readonly sender: ServiceName | null;
}

/** Opens a sealed message. @throws Error if it was not sealed to this service */
export type Open = (message: Pick<Received, 'id' | 'subject' | 'data'>) => Opened;

/** One event of a message; `data` is still that of the message, sealed if it was. */
export interface Item extends Received {
  /** @throws Error if the message could not be opened */
  open(): Opened;
}

/**
 * The events of a message, in order. The message is acknowledged when all of them are; if one asks for another delivery, all are delivered again. A
 * message that cannot be opened is one item.
 */
export function itemsOf(message: Received, open: Open): Item[] {
  let opened: Opened;
  try {
    opened = open(message);
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return [{ ...message, open: fail }];
  }
  const { data, sender } = opened;
  const payloads = unpackEvents(data);
  if (payloads === null) return [{ ...message, open: () => opened }];
  const settle = settleTogether(message, payloads.length);
  return payloads.map((payload, index) => ({
    ...message,
    ...settle(),
    id: packedId(message.id, index),
    open: () => ({ data: Buffer.from(payload), sender }),
  }));
}

/** Opens a message, or the event of it that the id names. */
export function openItem(message: Pick<Received, 'id' | 'subject' | 'data'>, open: Open): Opened {
  const { messageId, index } = placeOf(message.id);
  if (index === null) return open(message);
  const { data, sender } = open({ ...message, id: messageId });
  const payload = unpackEvents(data)?.[index];
  if (payload === undefined) throw new Error('the message has no such event');
  return { data: Buffer.from(payload), sender };
}

/** Settles a message once each of its events is settled. */
function settleTogether(message: Received, events: number): () => Pick<Received, 'ack' | 'retryAfter'> {
  let left = events;
  let again: number | null = null;
  const settle = () => {
    left -= 1;
    if (left > 0) return;
    if (again === null) message.ack();
    else message.retryAfter(again);
  };
  return () => {
    let isSettled = false;
    const once = (delayMs: number | null) => {
      if (isSettled) return;
      isSettled = true;
      if (delayMs !== null) again = Math.max(again ?? 0, delayMs);
      settle();
    };
    return { ack: () => once(null), retryAfter: (delayMs) => once(delayMs) };
  };
}
