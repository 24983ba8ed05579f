import { setTimeout as sleep } from 'node:timers/promises';
import type { StreamName } from '@guichet/contract/events';
import { silentLog } from '@guichet/log';
import { eventually, freePort, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { connectBroker } from './broker.ts';
import { keepStreams } from './keep-streams.ts';
import { ensureDurable, ensureStreams, STREAMS } from './streams.ts';

const nats = await startTestNats();
test.after.always(() => nats.remove());

const ALL = Object.keys(STREAMS) as StreamName[];
const payload = Buffer.from('{}');

test.serial('concurrent creators create each stream once', async (t) => {
  const brokers = await Promise.all([1, 2, 3, 4].map((number) => testBroker(nats, ALL, `racer${number}`)));
  const { manager } = await (brokers[0] as (typeof brokers)[0]).whenReady();
  const names = await manager.streams.names().next();
  t.deepEqual(names.toSorted(), ALL.toSorted());
  t.true(brokers.every((broker) => broker.ready()));
  await Promise.all(brokers.map((broker) => broker.close()));
});

test.serial(
  'creating the streams again changes nothing, and older settings become those of this release',
  async (t) => {
    const broker = await testBroker(nats, ['LOG', 'USERS']);
    const { manager } = await broker.whenReady();
    await broker.publish({ id: '1', subject: 'log.system.info', payload });
    const before = await manager.streams.info('LOG');
    await ensureStreams(manager, ['LOG'], 1);
    t.deepEqual((await manager.streams.info('LOG')).config, before.config);
    await manager.streams.update('LOG', { max_age: 1_000_000_000, duplicate_window: 1_000_000_000 });
    await ensureStreams(manager, ['LOG'], 1);
    t.deepEqual((await manager.streams.info('LOG')).config, before.config);
    t.is((await manager.streams.info('LOG')).state.messages, 1);
    await manager.streams.purge('LOG');
    await broker.close();
  },
);

test.serial('a durable consumer of an older release gets the settings of this one', async (t) => {
  const broker = await testBroker(nats, ['LOG']);
  const { manager } = await broker.whenReady();
  await ensureDurable(manager, 'LOG', 'upgraded', { ack_wait: 1_000_000_000 });
  await ensureDurable(manager, 'LOG', 'upgraded', { max_ack_pending: 7 });
  t.like((await manager.consumers.info('LOG', 'upgraded')).config, {
    ack_wait: 30_000_000_000,
    max_ack_pending: 7,
  });
  await broker.close();
});

test.serial(
  'a service waits for streams that are created late, and streams that NATS loses are created again',
  async (t) => {
    const fresh = await startTestNats();
    const service = connectBroker({
      name: 'service',
      settings: fresh.settings,
      streams: ['LOG'],
      log: silentLog,
    });
    await sleep(500);
    t.false(service.ready());
    const keeping = keepStreams({ settings: fresh.settings, log: silentLog, checkEveryMs: 100 });
    const { manager } = await service.whenReady();
    await eventually(() => manager.consumers.info('MAIL', 'mailer').catch(() => null));
    t.true(await eventually(() => keeping.ready()));
    await manager.streams.delete('LOG');
    await eventually(() => manager.consumers.info('LOG', 'logging').catch(() => null));
    const message = { id: 'kept', subject: 'log.system.info', payload };
    // NATS may still be settling the new stream; the id keeps a second attempt from being stored twice.
    await eventually(() =>
      service.publish(message).then(
        () => true,
        () => false,
      ),
    );
    t.is((await manager.streams.info('LOG')).state.messages, 1);
    await keeping.stop();
    await service.close();
    await fresh.remove();
  },
);

test.serial('a message published twice under one id is stored once', async (t) => {
  const broker = await testBroker(nats, ['LOG']);
  for (const id of ['a', 'b', 'a', 'a']) await broker.publish({ id, subject: 'log.system.info', payload });
  const { manager } = await broker.whenReady();
  t.is((await manager.streams.info('LOG')).state.messages, 2);
  await broker.close();
});

test.serial('the broker starts without NATS, reports it, and becomes ready when NATS starts', async (t) => {
  await nats.kill();
  const broker = connectBroker({ name: 'early', settings: nats.settings, streams: ['LOG'], log: silentLog });
  t.false(broker.ready());
  await t.throwsAsync(broker.publish({ id: 'x', subject: 'log.system.info', payload }), {
    message: /unavailable/,
  });
  let isReady = false;
  const ready = broker.whenReady().then(() => {
    isReady = true;
  });
  await sleep(200);
  t.false(isReady);
  await nats.start();
  await ready;
  t.true(broker.ready());
  await broker.publish({ id: 'y', subject: 'log.system.info', payload });
  await broker.close();
});

test.serial(
  'when NATS is killed and started again, the broker is not ready, then ready, and stored messages are kept',
  async (t) => {
    const broker = await testBroker(nats, ['LOG']);
    await broker.publish({ id: 'kept', subject: 'log.system.info', payload });
    await nats.kill();
    await eventually(() => !broker.ready());
    await t.throwsAsync(broker.publish({ id: 'z', subject: 'log.system.info', payload }));
    await nats.start();
    await eventually(() => broker.ready());
    const { manager } = await broker.whenReady();
    const message = await manager.streams.getMessage('LOG', { last_by_subj: 'log.system.info' });
    t.is(message.header.get('Nats-Msg-Id'), 'kept');
    await broker.close();
  },
);

test('a closed broker rejects every waiting call, and closes at once even if NATS was never available', async (t) => {
  const settings = { ...nats.settings, NATS_SERVERS: [`127.0.0.1:${await freePort()}`] };
  const broker = connectBroker({ name: 'never', settings, streams: ['LOG'], log: silentLog });
  const waiting = t.throwsAsync(broker.whenReady(), { message: /closed/ });
  const began = performance.now();
  await broker.close();
  t.true(performance.now() - began < 2_000);
  await waiting;
  await t.throwsAsync(broker.whenReady(), { message: /closed/ });
});
