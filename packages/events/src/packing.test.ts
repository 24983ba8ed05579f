import test from 'ava';
import fc from 'fast-check';
import { itemsOf, openItem } from './items.ts';
import { packEvents, packedId, placeOf, unpackEvents } from './packing.ts';
import type { Received } from './received.ts';

const event = fc.record({ id: fc.uuid(), payload: fc.object().map((value) => JSON.stringify(value)) });
const bytes = (text: string) => Buffer.from(text);

test('any events come out of a message as they went in, in order', (t) => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 2, maxLength: 64 }), (events) => {
      const { payload } = packEvents(events);
      t.deepEqual(
        unpackEvents(bytes(payload)),
        events.map((one) => one.payload),
      );
      t.is(JSON.parse(payload).length, events.length, 'and it is plain JSON');
    }),
  );
});

test('a single event is its own message', (t) => {
  fc.assert(
    fc.property(event, (one) => {
      t.deepEqual(packEvents([one]), one);
      t.is(unpackEvents(bytes(one.payload)), null);
    }),
  );
  t.throws(() => packEvents([]));
});

test('the id of a message depends on its events alone, and differs from theirs', (t) => {
  const events = ['a', 'b', 'c'].map((id) => ({ id, payload: '{}' }));
  t.is(packEvents(events).id, packEvents(events).id);
  t.is(new Set([packEvents(events).id, packEvents(events.slice(0, 2)).id, 'a', 'b', 'c']).size, 5);
});

test('the id of an event names its message and its place', (t) => {
  t.deepEqual(placeOf(packedId('m+2', 1)), { messageId: 'm+2', index: 1 });
  t.deepEqual(placeOf('m+2'), { messageId: 'm+2', index: null });
});

/** A message with these events, and what was done with it. */
function receive(payloads: readonly string[]) {
  const settled: (number | 'ack')[] = [];
  const { id, payload } = packEvents(payloads.map((one, index) => ({ id: `e${index}`, payload: one })));
  const message: Received = {
    id,
    subject: 'log.agents.info',
    data: bytes(payload),
    sequence: 7,
    deliveries: 1,
    pending: 0,
    ack: () => settled.push('ack'),
    retryAfter: (delayMs) => settled.push(delayMs),
    working: () => undefined,
  };
  return { message, settled };
}
const open = ({ data }: { data: Uint8Array }) => ({ data, sender: 'accounts' as const });

test('each event of a message can be opened alone', (t) => {
  const payloads = ['{"n":0}', '{"n":1}', '{"n":2}'];
  const { message } = receive(payloads);
  const items = itemsOf(message, open);
  t.deepEqual(
    items.map((item) => [item.id, String(item.open().data), item.open().sender]),
    payloads.map((payload, index) => [`e0+2/${index}`, payload, 'accounts']),
  );
  t.deepEqual(
    items.map((item) => String(openItem(item, open).data)),
    payloads,
    'as from a dead letter',
  );
  t.throws(() => openItem({ ...message, id: `${message.id}/3` }, open), { message: /no such event/ });
});

test('a message is acknowledged once all its events are, however often each is', (t) => {
  const { message, settled } = receive(['{}', '{}', '{}']);
  const [first, second, third] = itemsOf(message, open);
  first?.ack();
  first?.ack();
  second?.ack();
  second?.retryAfter(1);
  t.deepEqual(settled, []);
  third?.ack();
  t.deepEqual(settled, ['ack']);
});

test('a message is delivered again if one of its events asks for it, after the longest delay', (t) => {
  const { message, settled } = receive(['{}', '{}', '{}']);
  const [first, second, third] = itemsOf(message, open);
  first?.retryAfter(5);
  second?.ack();
  third?.retryAfter(3);
  t.deepEqual(settled, [5]);
});

test('a message that cannot be opened is one item that says why', (t) => {
  const { message, settled } = receive(['{}', '{}']);
  const items = itemsOf(message, () => {
    throw new Error('not sealed');
  });
  t.is(items.length, 1);
  t.throws(() => items[0]?.open(), { message: 'not sealed' });
  items[0]?.ack();
  t.deepEqual(settled, ['ack']);
});
