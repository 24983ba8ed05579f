import { setImmediate } from 'node:timers/promises';
import { eventually } from '@guichet/testing';
import test from 'ava';
import type { Broker } from './broker.ts';
import { reportLife } from './report-life.ts';

/** A broker that fails a given number of times, and keeps what it publishes. */
function brokerThatFails(times: number) {
  const published: { id: string; subject: string; event: Record<string, unknown> }[] = [];
  let failures = times;
  const broker: Pick<Broker, 'ready' | 'publish'> = {
    ready: () => true,
    async publish({ id, subject, payload }) {
      if (failures-- > 0) throw new Error('no answer');
      return published.push({ id, subject, event: JSON.parse(Buffer.from(payload).toString()) });
    },
  };
  return { broker, published };
}
const about = { service: 'mailer', version: '1.2.3', settingsHash: 'ab'.repeat(32) } as const;

test('a process logs once that it started and with what, and then that it stopped', async (t) => {
  const { broker, published } = brokerThatFails(1);
  const life = reportLife({ broker, ...about });
  await eventually(() => published.length === 1);
  await life.stop();
  t.deepEqual(
    published.map(({ subject, event }) => [subject, event.action]),
    [
      ['log.system.info', 'SERVICE_STARTED'],
      ['log.system.info', 'SERVICE_STOPPED'],
    ],
  );
  t.like(published[0]?.event, {
    service: 'mailer',
    actor: null,
    subject: null,
    concerns: [],
    data: { version: '1.2.3', settings_hash: about.settingsHash },
  });
});

test('a process that never reached NATS stops without delay and without an entry', async (t) => {
  const { broker, published } = brokerThatFails(Number.POSITIVE_INFINITY);
  const life = reportLife({ broker, ...about });
  let stopped = false;
  void life.stop().then(() => {
    stopped = true;
  });
  for (let turn = 0; turn < 10; turn += 1) await setImmediate();
  t.true(stopped, 'without a timer');
  t.deepEqual(published, []);
});
