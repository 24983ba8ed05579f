import { createCalendar } from '@guichet/calendar';
import { readSettings } from '@guichet/config';
import { databaseAnswers, openDatabase, waitForDatabase, waitForSchema } from '@guichet/database';
import { connectBroker, createEnvelope, reportTrouble, toEventKeys } from '@guichet/events';
import { createHealth, listenAdmin, listenMutualTls, openPeer, runService } from '@guichet/http';
import { connectIdentity, type Identity, watchIdentity } from '@guichet/identity';
import { createLog } from '@guichet/log';
import { systemClock } from '@guichet/time';
import { watchBroker, watchConsumers, watchProcess } from '@guichet/vitals';
import { watchDatabase } from '@guichet/vitals/database';
import { watchDeadLetters } from '@guichet/vitals/dead-letters';
import { createLoggingApp } from './app.ts';
import { loggingSettings } from './config.ts';
import { type Intake, takeLog } from './intake/take-log.ts';
import { watchLog } from './metrics.ts';
import { followPeople } from './people/follow-people.ts';
import { denialRecorder } from './record-denial.ts';
import { openLogFeed } from './stream/log-feed.ts';
import { createStreamRegistry } from './stream/stream-registry.ts';
import { createHeadWitness } from './verify/head-witness.ts';
import { keepVerifying } from './verify/keep-verifying.ts';

const log = createLog({ service: 'logging', level: process.env.LOG_LEVEL || 'info' });

runService(log, async (life) => {
  const settings = readSettings(loggingSettings);
  watchProcess({ service: 'logging', bank: settings.BANK_LABEL, tlsDirectory: settings.TLS_DIRECTORY });
  const clock = systemClock;

  const db = openDatabase(settings, log);
  life.onStop('database', () => db.destroy());
  watchDatabase(db);
  let identity: Identity | null = null;
  const health = createHealth(async () => [
    ...((await databaseAnswers(db)) ? [] : ['database']),
    ...(identity?.missing() ?? []),
  ]);
  life.drains(health);
  const admin = await listenAdmin(settings, health);
  life.onStop('admin port', () => admin.close());

  await waitForDatabase(db, log, life.stopping);
  await waitForSchema(db, new URL('../migrations', import.meta.url), log, life.stopping);

  const broker = connectBroker({
    name: 'logging',
    settings,
    streams: ['LOG', 'USERS', 'REVOCATIONS'],
    log,
    envelope: createEnvelope('logging', toEventKeys(settings)),
  });
  life.onStop('broker', () => broker.close());
  const reporting = reportTrouble({ log, broker, service: 'logging', clock });
  life.onStop('reports of trouble', () => reporting.stop());
  watchBroker(broker);
  const auth = openPeer('auth', settings.AUTH_URL, settings);
  life.onStop('way to auth', () => auth.close());
  const connected = connectIdentity({ auth, broker, clock, log });
  identity = connected;
  life.onStop('identity', () => connected.stop());
  watchIdentity(connected);

  const feed = openLogFeed({ db, log });
  life.onStop('feed', () => feed.stop());
  const witness = createHeadWitness();
  const onStored: Intake['onStored'] = ({ head, hash }) => {
    witness.note({ sequence: head, hash });
    feed.grownTo(head);
  };
  const intake = takeLog({ db, broker, clock, log, onStored, maxBatch: settings.LOG_BATCH });
  life.onStop('intake', () => intake.stop());
  const people = followPeople({ db, broker, log });
  life.onStop('people', () => people.stop());
  watchConsumers([
    { stream: 'LOG', consumer: 'logging', lag: intake.lag },
    { stream: 'USERS', consumer: 'logging-people', lag: people.lag },
    { stream: 'REVOCATIONS', consumer: 'logging-revocations', lag: identity.lag },
  ]);
  watchDeadLetters(db, ['LOG', 'USERS']);

  const streams = createStreamRegistry({ perUser: 10, inAll: settings.LOG_STREAMS_MAX });
  watchLog({ db, streams: () => streams.size });
  const verifying = keepVerifying({ db, log, witness }, { everySeconds: settings.LOG_VERIFY_EVERY_SECONDS });
  life.onStop('verification', () => verifying.stop());

  const app = createLoggingApp({
    db,
    log,
    clock,
    calendar: createCalendar(settings.BANK_TIME_ZONE),
    verify: connected.verify,
    feed,
    streams,
    witness,
    recordDenial: denialRecorder({ db, clock, log, onStored }),
    ready: () => health.ready(),
  });
  const server = await listenMutualTls(app, settings, life);
  life.onStop('server', () => server.close());
  life.onStop('streams', () => streams.closeAll());
  health.started = true;
  log.info({ port: server.port, admin_port: admin.port }, 'logging listening');
});
