import { setTimeout as sleep } from 'node:timers/promises';
import { DURABLE_STREAMS, type DurableName, type StreamName } from '@guichet/contract/events';
import { silentLog } from '@guichet/log';
import { eventually, freePort, openLink, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { DiscardPolicy } from 'nats';
import { connectBroker } from './broker.ts';
import { keepStreams } from './keep-streams.ts';
import { ACK_WAIT_MS, ensureDurable, ensureStreams, STREAMS, streamConfig, trimStreams } from './streams.ts';

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
    await ensureStreams(manager, ['LOG'], nats.settings);
    t.deepEqual((await manager.streams.info('LOG')).config, before.config);
    await manager.streams.update('LOG', { max_age: 1_000_000_000, duplicate_window: 1_000_000_000 });
    await ensureStreams(manager, ['LOG'], nats.settings);
    t.deepEqual((await manager.streams.info('LOG')).config, before.config);
    t.is((await manager.streams.info('LOG')).state.messages, 1);
    await manager.streams.purge('LOG');
    await broker.close();
  },
);

test.serial('every stream and consumer runs as it is declared, and the shares fill the space', async (t) => {
  const fresh = await startTestNats();
  const keeping = keepStreams({ settings: fresh.settings, log: silentLog, checkEveryMs: 100 });
  const broker = connectBroker({ name: 'reader', settings: fresh.settings, streams: ALL, log: silentLog });
  t.teardown(async () => {
    await Promise.all([keeping.stop(), broker.close()]);
    await fresh.remove();
  });
  const { manager } = await broker.whenReady();
  for (const name of ALL) {
    const { config } = await manager.streams.info(name);
    t.like(config, streamConfig(name, fresh.settings), name);
    t.is(config.discard, DiscardPolicy.New, `${name} never drops what may not be handled`);
    t.true(config.max_bytes > 0, name);
  }
  t.is(
    ALL.reduce((total, name) => total + STREAMS[name].share, 0),
    100,
  );
  for (const durable of Object.keys(DURABLE_STREAMS) as DurableName[]) {
    const { config } = await eventually(() =>
      manager.consumers.info(DURABLE_STREAMS[durable], durable).catch(() => null),
    );
    t.like(config, { ack_wait: ACK_WAIT_MS[durable] * 1e6, max_deliver: -1 }, durable);
  }
  t.deepEqual(
    (await broker.usedSpace()).map(({ stream }) => stream),
    ALL,
  );
});

test.serial(
  'a stream that is almost full loses its oldest messages, as far as its consumer has them',
  async (t) => {
    const fresh = await startTestNats();
    const broker = await testBroker(fresh, ['LOG']);
    t.teardown(async () => {
      await broker.close();
      await fresh.remove();
    });
    const { manager, jetstream } = await broker.whenReady();
    await manager.streams.update('LOG', { max_bytes: 100_000 });
    const publish = (id: number) =>
      broker.publish({ id: String(id), subject: 'log.system.info', payload: Buffer.alloc(900) });
    for (let id = 1; id <= 88; id += 1) await publish(id);
    const [before] = await broker.usedSpace();
    t.true((before?.used ?? 0) > 0.8, String(before?.used));
    const firstSequence = async () => (await manager.streams.info('LOG')).state.first_seq;
    await trimStreams(manager, ['LOG']);
    t.is(await firstSequence(), 1, 'logging has none of them yet');
    const consumer = await jetstream.consumers.get('LOG', 'logging');
    for await (const message of await consumer.fetch({ max_messages: 10, expires: 5_000 }))
      await message.ackAck();
    await trimStreams(manager, ['LOG']);
    t.is(await firstSequence(), 11);
    for (let id = 89; id <= 98; id += 1) await publish(id);
    for await (const message of await consumer.fetch({ max_messages: 88, expires: 5_000 }))
      await message.ackAck();
    await trimStreams(manager, ['LOG']);
    const first = await firstSequence();
    t.true(first > 20 && first < 40, `most stay, for a database that must be filled again: ${first}`);
    await trimStreams(manager, ['LOG']);
    t.is(await firstSequence(), first, 'there is room');
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
  t.true(performance.now() - began < 10_000);
  await waiting;
  await t.throwsAsync(broker.whenReady(), { message: /closed/ });
});

test('a connection that the network lost without a word is replaced within seconds', async (t) => {
  const own = await startTestNats();
  const target = Number(own.settings.NATS_SERVERS[0]?.split(':')[1]);
  const link = await openLink({ target });
  const settings = { ...own.settings, NATS_SERVERS: [`127.0.0.1:${link.port}`] };
  const broker = await testBroker({ ...own, settings }, ['LOG']);
  t.teardown(async () => {
    await broker.close();
    await link.close();
    await own.remove();
  });
  const publish = (id: string) => broker.publish({ id, subject: 'log.system.info', payload });
  await publish('before');
  link.cut();
  link.heal({ forget: true });
  const lostAt = performance.now();
  await t.throwsAsync(publish('lost'));
  await eventually(() => publish('after'));
  t.true(performance.now() - lostAt < 15_000, `${Math.round(performance.now() - lostAt)} ms`);
});
