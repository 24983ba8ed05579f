import { silentLog } from '@guichet/log';
import { startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { buildMail, publishDeadMail } from '../fixtures.ts';
import { deadLetterStore } from './dead-letter-store.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['MAIL_DEAD_LETTERS']);
const store = deadLetterStore(broker, silentLog);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

test('dead letters are read in pages, in order, with gaps, and not beyond the last', async (t) => {
  for (let count = 1; count <= 260; count += 1) await publishDeadMail(broker, buildMail());
  for (let sequence = 1; sequence <= 40; sequence += 1) await store.remove(sequence);
  for (let sequence = 60; sequence <= 230; sequence += 1) await store.remove(sequence);
  const wanted = [...Array(259).keys()].filter((one) => one > 40 && (one < 60 || one > 230) && one <= 258);

  // A request for the next one must wait for the one before; requests by sequence are sent at the same time.
  let inOrder = 0;
  const ready = await broker.whenReady();
  const { streams } = ready.manager;
  const getMessage: typeof streams.getMessage = (stream, query) => {
    if (typeof query === 'object' && 'next_by_subj' in query) inOrder += 1;
    return streams.getMessage(stream, query);
  };
  const manager = { streams: { getMessage } } as typeof ready.manager;
  const counted = deadLetterStore({ ...broker, whenReady: async () => ({ ...ready, manager }) }, silentLog);
  const found: number[] = [];
  for await (const { sequence } of counted.between(0, 258)) found.push(sequence);
  t.deepEqual(found, wanted);
  t.is(inOrder, 2, 'the second page begins behind the gap');
});
