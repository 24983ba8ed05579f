import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testAuthority } from '@guichet/testing';
import test from 'ava';
import { connectBroker } from './broker.ts';
import { ensureStreams } from './streams.ts';

const authority = await testAuthority();
const foreign = await testAuthority();
const server = await authority.issue('nats');
const nats = await startTestNats({ tls: server });
test.after.always(async () => {
  await nats.remove();
  await authority.remove();
  await foreign.remove();
});

const connectAs = (directory: string) =>
  connectBroker({
    name: 'test',
    settings: { ...nats.settings, TLS_DIRECTORY: directory },
    streams: ['LOG'],
    log: silentLog,
    onConnected: (manager) => ensureStreams(manager, ['LOG'], nats.settings),
  });

test.serial(
  'a client with a certificate of another authority is refused, and refuses the server',
  async (t) => {
    const broker = connectAs(await foreign.issue('auth'));
    await t.throwsAsync(eventually(() => broker.ready(), 700));
    await broker.close();
  },
);

test.serial(
  'renewed certificates, even of another authority, are used from the next connection',
  async (t) => {
    const own = await authority.issue('auth');
    const broker = connectAs(own);
    await eventually(() => broker.ready());
    await nats.kill();
    await foreign.issue('nats', { directory: server });
    await foreign.issue('auth', { directory: own });
    await nats.start();
    t.truthy(await eventually(() => broker.ready()));
    await broker.publish({ id: 'renewed', subject: 'log.system.info', payload: Buffer.from('{}') });
    await broker.close();
  },
);
