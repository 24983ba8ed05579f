import { createCalendar } from '@guichet/calendar';
import { publicKeysOf } from '@guichet/log-checkpoints';
import { STATE_WITHIN_MS, type WatchedConsumer, watchConsumers } from '@guichet/process';
import {
  describeDeadLetters,
  identifyCallers,
  serve,
  serviceDescriber,
  startService,
  watchDeadLetters,
} from '@guichet/service';
import { within } from '@guichet/time';
import { createLoggingApp } from './app.ts';
import { keepSigning } from './checkpoints/keep-signing.ts';
import { loggingSettings } from './config.ts';
import { type Intake, takeLog } from './intake/take-log.ts';
import { watchLog } from './metrics.ts';
import { followPeople } from './people/follow-people.ts';
import { denialRecorder } from './record-denial.ts';
import { openLogFeed } from './stream/log-feed.ts';
import { createStreamRegistry } from './stream/stream-registry.ts';
import { describeChain } from './verify/describe-chain.ts';
import { createHeadWitness } from './verify/head-witness.ts';
import { keepVerifying } from './verify/keep-verifying.ts';
import { threadsFor } from './verify/verify-threads.ts';

const migrations = new URL('../migrations/', import.meta.url);
const service = await startService({
  name: 'logging',
  settings: loggingSettings,
  streams: ['LOG', 'USERS', 'REVOCATIONS'],
  migrations,
  pipelines: true,
});
const { settings, db, reads, broker, clock, log, keep, ready } = service;
const { verify, lag } = identifyCallers(service);

const feed = keep('feed', openLogFeed({ db, log }));
const witness = createHeadWitness();
const onStored: Intake['onStored'] = ({ head, hash }) => {
  witness.note({ sequence: head, hash });
  feed.grownTo(head);
};
// Stops after the intake, and signs what it stored last.
keep(
  'checkpoints',
  keepSigning(
    { db, clock, log, witness, keys: settings.LOG_SIGNING_KEY, folder: settings.LOG_CHECKPOINT_DIR },
    { everySeconds: settings.LOG_CHECKPOINT_EVERY_SECONDS },
  ),
);
const intake = keep('intake', takeLog({ db, broker, clock, log, onStored, maxBatch: settings.LOG_BATCH }));
const people = keep('people', followPeople({ db, broker, clock, log }));
const consumers: WatchedConsumer[] = [
  { stream: 'LOG', consumer: 'logging', lag: intake.lag },
  { stream: 'USERS', consumer: 'logging-people', lag: people.lag },
  { stream: 'REVOCATIONS', consumer: 'logging-revocations', lag },
];
watchConsumers(consumers);
const describeService = serviceDescriber(service, migrations, consumers);
watchDeadLetters(db, ['LOG', 'USERS']);

const streams = createStreamRegistry({ perUser: 10, total: settings.LOG_STREAMS_MAX });
watchLog({
  db,
  streams: () => streams.size,
  checkpointEverySeconds: settings.LOG_CHECKPOINT_EVERY_SECONDS,
});
keep(
  'verification',
  keepVerifying(
    { db, log, witness, keys: publicKeysOf(settings.LOG_SIGNING_KEY.published) },
    { everySeconds: settings.LOG_VERIFY_EVERY_SECONDS },
  ),
);

const calendar = createCalendar(settings.BANK_TIME_ZONE);
const recordDenial = denialRecorder({ db, clock, log, onStored });
async function describeSetup() {
  const [state, deadLetters, chain] = await Promise.all([
    describeService(),
    describeDeadLetters(db),
    within(STATE_WITHIN_MS, describeChain(db)),
  ]);
  return { ...state, dead_letters: deadLetters, chain };
}
const deps = {
  describeSetup,
  db,
  reads,
  log,
  clock,
  calendar,
  verify,
  feed,
  streams,
  witness,
  verifyThreads: threadsFor(settings),
  recordDenial,
  checkpointKeys: settings.LOG_SIGNING_KEY,
};
await serve(service, createLoggingApp({ ...deps, ready }));
service.onStop('streams', () => streams.closeAll());
