import {
  databaseAnswers,
  openDatabase,
  schemaIsCurrent,
  waitForDatabase,
  waitForSchema,
} from '@guichet/database';
import { connectBroker, createEnvelope, reportTrouble, toEventKeys } from '@guichet/events';
import { createHealth, listenAdmin, listenMutualTls, openPeer, runService } from '@guichet/http';
import { connectIdentity, type Identity, watchIdentity } from '@guichet/identity';
import { createLog } from '@guichet/log';
import { startRelay } from '@guichet/outbox';
import { shiftedClock } from '@guichet/time';
import { watchBroker, watchConsumers, watchOutbox, watchProcess } from '@guichet/vitals';
import { watchDatabase } from '@guichet/vitals/database';
import { watchDeadLetters } from '@guichet/vitals/dead-letters';
import { createAccountsApp } from './app.ts';
import type { Bank } from './bank.ts';
import { readConfig } from './config.ts';
import { keepExpiring } from './decisions/expire-operations.ts';
import { openDesk } from './desk.ts';
import { keepPruning } from './idempotency/keep-pruning.ts';
import { keepReconciling } from './ledger/keep-reconciling.ts';
import { followPeople } from './people/follow-people.ts';
import { askAuth } from './step-up/ask-auth.ts';
import { watchBank } from './watch-bank.ts';

const MIGRATIONS = new URL('../migrations/', import.meta.url);

const log = createLog({ service: 'accounts', level: process.env.LOG_LEVEL || 'info' });

runService(log, async (life) => {
  const { settings, rules } = readConfig();
  const clock = shiftedClock(settings.CLOCK_OFFSET_SECONDS);
  watchProcess({ service: 'accounts', bank: settings.BANK_LABEL, tlsDirectory: settings.TLS_DIRECTORY });
  const db = openDatabase(settings, log, { pipelines: true });
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
  await waitForSchema(db, MIGRATIONS, log, life.stopping);

  const broker = connectBroker({
    name: 'accounts',
    settings,
    streams: ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'],
    log,
    envelope: createEnvelope('accounts', toEventKeys(settings)),
  });
  life.onStop('broker', () => broker.close());
  watchBroker(broker);
  const reporting = reportTrouble({ log, broker, service: 'accounts', clock });
  life.onStop('reports of trouble', () => reporting.stop());
  const relay = startRelay({ db, broker, log });
  life.onStop('outbox', () => relay.stop());
  watchOutbox(relay);
  const people = followPeople(db, broker, log);
  life.onStop('people', () => people.stop());

  const auth = openPeer('auth', settings.AUTH_URL, settings);
  life.onStop('auth', () => auth.close());
  const connected = connectIdentity({ auth, broker, clock, log });
  identity = connected;
  life.onStop('identity', () => connected.stop());
  watchIdentity(connected);
  watchConsumers([
    { stream: 'USERS', consumer: 'accounts-people', lag: people.lag },
    { stream: 'REVOCATIONS', consumer: 'accounts-revocations', lag: connected.lag },
  ]);
  watchDeadLetters(db, ['USERS']);

  const bank: Bank = {
    db,
    clock,
    log,
    rules,
    secondFactor: askAuth(auth),
    committed: () => relay.wake(),
    keysUnderWay: new Set(),
  };
  const desk = openDesk(bank);
  const expiring = keepExpiring(bank, (ruling) => desk.decide(ruling));
  life.onStop('expiry', () => expiring.stop());
  const pruning = keepPruning(bank);
  life.onStop('pruning', () => pruning.stop());
  const reconciling = keepReconciling(bank, { everySeconds: settings.RECONCILE_EVERY_SECONDS });
  life.onStop('reconciliation', () => reconciling.stop());
  watchBank(bank, desk);

  const app = createAccountsApp({ bank, desk, verify: connected.verify, ready: health.ready });
  const listening = await listenMutualTls(app, settings, life);
  life.onStop('requests', async () => {
    await listening.close();
    await desk.idle();
  });
  health.started = await schemaIsCurrent(db, MIGRATIONS);
  log.info({ port: listening.port, admin_port: admin.port }, 'listening');
});
