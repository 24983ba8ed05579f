import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DURABLE_STREAMS, STREAM_SUBJECTS } from '@guichet/contract/events';
import { ALL_STREAMS, connectBroker, consumeBatches, followLatest, keepStreams } from '@guichet/events';
import { natsConfiguration } from '@guichet/jobs/servers/nats-configuration';
import {
  NATS_SERVICES,
  NATS_USERS,
  type NatsService,
  type NatsUserName,
  permissionsOf,
} from '@guichet/jobs/servers/nats-permissions';
import { silentLog } from '@guichet/log';
import { choosePorts } from '@guichet/ports';
import { eventually } from '@guichet/testing';
import test from 'ava';
import { connect, type NatsConnection } from 'nats';
import { startGuard } from '../processes/guard.ts';
import { SupervisedProcess } from '../processes/supervised.ts';
import { ensurePrograms } from '../programs/ensure.ts';
import { waitForNats } from './nats-server.ts';

/** Written by hand, so that the test fails when a right is added by mistake. */
const ALLOWED = {
  auth: {
    publishes: ['log', 'mail', 'users', 'revocations', 'levels'],
    follows: ['LEVELS'],
    reads: ['USERS'],
    removes: [],
    durables: [],
  },
  accounts: {
    publishes: ['log', 'mail'],
    follows: ['USERS', 'REVOCATIONS', 'LEVELS'],
    reads: [],
    removes: [],
    durables: [],
  },
  logging: {
    publishes: ['log.system'],
    follows: ['USERS', 'REVOCATIONS', 'LEVELS'],
    reads: [],
    removes: [],
    durables: ['logging'],
  },
  mailer: {
    publishes: ['mail', 'mailing', 'dead.mail', 'log'],
    follows: ['USERS', 'REVOCATIONS', 'LEVELS'],
    reads: ['MAIL_RECORDS', 'MAIL_DEAD_LETTERS'],
    removes: ['MAIL_DEAD_LETTERS'],
    durables: ['mailer'],
  },
  frontend: { publishes: ['log.system'], follows: ['LEVELS'], reads: [], removes: [], durables: [] },
} as const satisfies Record<NatsService, Record<string, readonly string[]>>;

const SUBJECTS = [
  'log.system.error',
  'log.agents.info',
  'log.membres.info',
  'mail.recover',
  'mailing.someones-mail',
  'dead.mail.recover',
  'users.someone',
  'revocations.session',
  'levels.accounts',
];
const STREAM_NAMES = Object.keys(STREAM_SUBJECTS);
const DURABLE_NAMES = Object.entries(DURABLE_STREAMS).map(([name, stream]) => ({ name, stream }));

const folder = await mkdtemp(join(tmpdir(), 'guichet-permissions-'));
const ports = await choosePorts(['port', 'monitor']);
const { nats: program } = await ensurePrograms(['nats'], () => undefined);
const passwords = Object.fromEntries(NATS_USERS.map((name) => [name, `${name}-password`])) as Record<
  NatsUserName,
  string
>;
const options = { folder, port: ports.port, monitorPort: ports.monitor, tlsFolder: null, passwords };
const file = join(folder, 'nats.conf');
await writeFile(file, JSON.stringify(natsConfiguration(options)));
const guard = startGuard();
const server = new SupervisedProcess(
  { name: 'nats', program, args: ['-c', file], environment: {}, stage: 2 },
  { line: () => undefined, news: () => undefined },
  guard,
);
server.start();
await waitForNats(options);
const settingsOf = (user: NatsUserName) => ({
  NATS_SERVERS: [`127.0.0.1:${ports.port}`],
  NATS_USER: user,
  NATS_PASSWORD: passwords[user],
  NATS_REPLICAS: 1,
  NATS_STREAMS_MIB: 256,
  NATS_TLS: 'off' as const,
  NATS_CA: undefined,
  TLS_DIRECTORY: '',
});
const keeping = keepStreams({ settings: settingsOf('streams'), log: silentLog });
test.before(async () => {
  const { connection } = await connectAs('streams');
  const manager = await connection.jetstreamManager({ checkAPI: false });
  await eventually(() => manager.consumers.info('MAIL', 'mailer').catch(() => null));
  await connection.close();
});
test.after.always(async () => {
  await keeping.stop();
  await server.stop();
  guard.close();
  await rm(folder, { recursive: true, force: true });
});

async function connectAs(user: NatsUserName): Promise<{ connection: NatsConnection; refused: Set<string> }> {
  const connection = await connect({
    servers: `127.0.0.1:${ports.port}`,
    user,
    pass: passwords[user],
    inboxPrefix: `_INBOX_${user}`,
  });
  const refused = new Set<string>();
  void (async () => {
    for await (const status of connection.status()) {
      const { operation, subject } = (status.permissionContext ?? {}) as Record<string, string>;
      refused.add(`${operation} ${subject}`);
    }
  })();
  return { connection, refused };
}

const within = (subject: string, prefixes: readonly string[]) =>
  prefixes.some((prefix) => subject.startsWith(`${prefix}.`));

const plain = {
  log: silentLog,
  parse: () => null,
  deadLetters: { keep: async () => undefined, isTransient: () => true },
};

function forbiddenPublications(user: NatsService): string[] {
  const { publishes, follows, reads, removes, durables } = ALLOWED[user];
  const streams = [...STREAM_NAMES, 'EVIL'];
  const isRead = (stream: string) => ([...follows, ...reads] as string[]).includes(stream);
  const isConsumed = (durable: string) => (durables as readonly string[]).includes(durable);
  return [
    ...SUBJECTS.filter((subject) => !within(subject, publishes)),
    ...streams.flatMap((stream) => [
      ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'SNAPSHOT', 'RESTORE', 'PEER.REMOVE'].map(
        (verb) => `$JS.API.STREAM.${verb}.${stream}`,
      ),
      `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}`,
      `$JS.API.CONSUMER.CREATE.${stream}.own`,
      `$JS.API.CONSUMER.CREATE.${stream}.own.log.system.info`,
      `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.own`,
      `$JS.API.CONSUMER.LIST.${stream}`,
      `$JS.API.DIRECT.GET.${stream}`,
      `$JS.API.DIRECT.GET.${stream}.users.someone`,
      ...(isRead(stream) ? [] : [`$JS.API.STREAM.MSG.GET.${stream}`]),
      ...((removes as readonly string[]).includes(stream) ? [] : [`$JS.API.STREAM.MSG.DELETE.${stream}`]),
    ]),
    ...DURABLE_NAMES.flatMap(({ name, stream }) => [
      `$JS.API.CONSUMER.CREATE.${stream}.${name}`,
      `$JS.API.CONSUMER.DELETE.${stream}.${name}`,
      `$JS.API.CONSUMER.PAUSE.${stream}.${name}`,
      `$JS.API.CONSUMER.LEADER.STEPDOWN.${stream}.${name}`,
      ...(isConsumed(name)
        ? []
        : [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, `$JS.ACK.${stream}.${name}.1.1.1.1.0`]),
    ]),
    '$JS.API.STREAM.LIST',
    '$JS.API.STREAM.NAMES',
    '$JS.API.STREAM.TEMPLATE.CREATE.own',
    '$JS.API.META.LEADER.STEPDOWN',
    '$JS.API.ACCOUNT.PURGE.$G',
    '$SYS.REQ.SERVER.PING',
    ...NATS_USERS.filter((other) => other !== user).map((other) => `_INBOX_${other}.reply`),
  ];
}

function forbiddenSubscriptions(user: NatsService): string[] {
  const heard = ALLOWED[user].follows.map((stream): string => STREAM_SUBJECTS[stream]);
  return [
    '>',
    '*',
    '*.>',
    '$JS.>',
    '$JS.API.>',
    '$JS.ACK.>',
    '$SYS.>',
    '_INBOX.>',
    ...NATS_USERS.filter((other) => other !== user).map((other) => `_INBOX_${other}.>`),
    ...Object.values(STREAM_SUBJECTS).filter((subject) => !heard.includes(subject)),
  ];
}

for (const user of NATS_SERVICES) {
  test(`${user} is refused every subject that it does not need`, async (t) => {
    const { connection, refused } = await connectAs(user);
    const publications = forbiddenPublications(user);
    const subscriptions = forbiddenSubscriptions(user);
    for (const subject of publications) connection.publish(subject, '{}');
    for (const subject of subscriptions) connection.subscribe(subject, { callback: () => undefined });
    await connection.flush();
    await eventually(() => refused.size >= publications.length + subscriptions.length).catch(() => null);
    t.deepEqual(
      [
        ...publications.map((subject) => `publish ${subject}`),
        ...subscriptions.map((subject) => `subscription ${subject}`),
      ].filter((attempt) => !refused.has(attempt)),
      [],
    );
    await connection.close();
  });

  test(`${user} can use every subject that it needs`, async (t) => {
    const broker = connectBroker({
      name: user,
      settings: settingsOf(user),
      streams: ['LOG'],
      log: silentLog,
    });
    t.teardown(() => broker.close());
    await broker.whenReady();
    const { publishes, follows, reads, removes, durables } = ALLOWED[user];
    for (const prefix of publishes) {
      const subject = SUBJECTS.find((one) => within(one, [prefix])) as string;
      await t.notThrowsAsync(
        broker.publish({ id: `${user}.${subject}`, subject, payload: Buffer.from('{}') }),
      );
    }
    for (const stream of reads) await t.notThrowsAsync(broker.lastSequence(stream, 'users.someone'));
    for (const stream of removes) {
      const { manager } = await broker.whenReady();
      const { last_seq } = (await manager.streams.info(stream)).state;
      await t.notThrowsAsync(manager.streams.deleteMessage(stream, last_seq, false));
    }
    const running = [
      ...follows.map((stream) => {
        let onCaughtUp: () => void = () => undefined;
        const done = new Promise<void>((resolve) => {
          onCaughtUp = resolve;
        });
        const follower = { broker, stream, ...plain, onBatch: async () => undefined, onCaughtUp };
        return { done, consumption: followLatest(follower) };
      }),
      ...durables.map((durable) => {
        const stream = DURABLE_STREAMS[durable];
        const done = eventually(async () => {
          const { manager } = await broker.whenReady();
          const { num_pending, num_ack_pending } = await manager.consumers.info(stream, durable);
          return num_pending + num_ack_pending === 0;
        });
        const onBatch = async (batch: readonly { ack(): void }[]) => {
          for (const message of batch) message.ack();
        };
        return { done, consumption: consumeBatches({ broker, stream, durable, ...plain, onBatch }) };
      }),
    ];
    await t.notThrowsAsync(Promise.all(running.map(({ done }) => done)));
    await Promise.all(running.map(({ consumption }) => consumption.stop()));
  });
}

test('no service can make the server copy a stream or deliver to a subject of its choice', async (t) => {
  for (const user of NATS_SERVICES) {
    const { connection } = await connectAs(user);
    const manager = await connection.jetstreamManager({ checkAPI: false, timeout: 500 });
    await t.throwsAsync(
      manager.streams.add({ name: 'EVIL', subjects: ['evil'], sources: [{ name: 'USERS' }] }),
      undefined,
      user,
    );
    for (const stream of STREAM_NAMES) {
      const update = { republish: { src: '>', dest: 'log.system.>' }, sources: [{ name: 'MAIL' }] };
      await t.throwsAsync(manager.streams.update(stream, update), undefined, user);
      const push = { name: 'own', deliver_subject: 'users.someone' };
      await t.throwsAsync(manager.consumers.add(stream, push), undefined, user);
    }
    await connection.close();
  }
});

test('no service can make the server reply to the subject of a stream', async (t) => {
  const { connection: own } = await connectAs('streams');
  const manager = await own.jetstreamManager({ checkAPI: false });
  const subjects = ['users.reply', 'revocations.reply', 'mail.reply', 'log.system.reply', 'dead.mail.reply'];
  for (const user of NATS_SERVICES) {
    const { connection } = await connectAs(user);
    for (const request of permissionsOf(user).publish.filter((subject) => subject.startsWith('$JS.API.'))) {
      const body = request.includes('.MSG.GET.') ? { seq: 1 } : { batch: 1, no_wait: true };
      const payload = request.includes('.INFO.') ? '' : JSON.stringify(body);
      for (const reply of subjects) connection.publish(request, payload, { reply: `${reply}.${user}` });
    }
    await connection.flush();
    await connection.close();
  }
  await sleep(500);
  for (const stream of ALL_STREAMS) {
    const { state } = await manager.streams.info(stream, { subjects_filter: '>' });
    t.deepEqual(
      Object.keys(state.subjects ?? {}).filter((subject) => subject.includes('.reply.')),
      [],
      stream,
    );
  }
  await own.close();
});
