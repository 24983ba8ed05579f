import { databaseAnswers, openDatabase, waitForDatabase, waitForSchema } from '@guichet/database';
import { connectBroker, createEnvelope, reportTrouble, toEventKeys } from '@guichet/events';
import { createHealth, listenAdmin, listenMutualTls, openPeer, runService } from '@guichet/http';
import { createLog } from '@guichet/log';
import { startRelay } from '@guichet/outbox';
import { runPeriodically, shiftedClock } from '@guichet/time';
import { watchBroker, watchOutbox, watchProcess } from '@guichet/vitals';
import { watchDatabase } from '@guichet/vitals/database';
import { createAccountsClient } from './accounts-client.ts';
import { createApp } from './app.ts';
import { readAuthSettings } from './config.ts';
import type { Deps } from './deps.ts';
import { createKeyring } from './keys/keyring.ts';
import { rotateKeys } from './keys/rotate-keys.ts';
import { watchHashing, watchKeys } from './metrics.ts';
import { loadCommonPasswords } from './passwords/common-passwords.ts';
import { createPasswordHasher } from './passwords/hasher.ts';
import { sweep } from './sweep.ts';
import { createFirstSuperuser } from './users/create-first-superuser.ts';
import { createVault } from './vault.ts';

const ROTATE_EVERY_MS = 60_000;
const SWEEP_EVERY_MS = 60 * 60_000;

const log = createLog({ service: 'auth', level: process.env.LOG_LEVEL || 'info' });

runService(log, async (life) => {
  const settings = readAuthSettings();
  watchProcess({ service: 'auth', bank: settings.BANK_LABEL, tlsDirectory: settings.TLS_DIRECTORY });
  const clock = shiftedClock(settings.CLOCK_OFFSET_SECONDS);

  const db = openDatabase(settings, log);
  life.onStop('database', () => db.destroy());
  watchDatabase(db);
  const health = createHealth(async () => ((await databaseAnswers(db)) ? [] : ['database']));
  life.drains(health);
  const admin = await listenAdmin(settings, health);
  life.onStop('admin port', () => admin.close());

  await waitForDatabase(db, log, life.stopping);
  await waitForSchema(db, new URL('../migrations', import.meta.url), log, life.stopping);

  const broker = connectBroker({
    name: 'auth',
    settings,
    streams: ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'],
    log,
    envelope: createEnvelope('auth', toEventKeys(settings)),
  });
  life.onStop('broker', () => broker.close());
  watchBroker(broker);
  const reporting = reportTrouble({ log, broker, service: 'auth', clock });
  life.onStop('reports of trouble', () => reporting.stop());
  const relay = startRelay({ db, broker, log });
  life.onStop('relay', () => relay.stop());
  watchOutbox(relay);
  const accountsPeer = openPeer('accounts', settings.ACCOUNTS_URL, settings);
  life.onStop('way to accounts', () => accountsPeer.close());

  const vault = createVault(settings.KEY_ENCRYPTION_KEY);
  const deps: Deps = {
    db,
    log,
    clock,
    policy: settings.policy,
    hasher: createPasswordHasher(settings.PASSWORD_HASHES_AT_ONCE),
    commonPasswords: loadCommonPasswords(),
    vault,
    keyring: createKeyring(db, vault),
    accounts: createAccountsClient(accountsPeer),
    wakeRelay: () => relay.wake(),
  };
  watchHashing(() => deps.hasher.waiting);
  watchKeys(deps.keyring, clock, settings.rotation.intervalMs);
  await rotateKeys(deps, settings.rotation);
  await welcomeSuperuser(deps, settings);

  const server = await listenMutualTls(createApp(deps, { ready: () => health.ready() }), settings, life);
  life.onStop('server', () => server.close());
  const rotating = runPeriodically({
    name: 'rotate the signing keys',
    log,
    everyMs: ROTATE_EVERY_MS,
    work: () => rotateKeys(deps, settings.rotation),
  });
  life.onStop('key rotation', () => rotating.stop());
  const sweeping = runPeriodically({
    name: 'sweep',
    log,
    everyMs: SWEEP_EVERY_MS,
    work: () => sweep(deps),
  });
  life.onStop('sweeping', () => sweeping.stop());
  health.started = true;
  log.info({ port: server.port, admin_port: admin.port }, 'auth listening');
});

async function welcomeSuperuser(deps: Deps, settings: ReturnType<typeof readAuthSettings>): Promise<void> {
  const made = await createFirstSuperuser(deps, {
    username: settings.SUPERUSER_USERNAME,
    email: settings.SUPERUSER_EMAIL,
    password: settings.SUPERUSER_PASSWORD ?? null,
  });
  if (made === null) return;
  log.info({ username: made.username }, 'first superuser created');
  if (made.generatedPassword === null) return;
  // Not through the log, whose lines are collected and kept: this is shown once, to who watches the first start.
  process.stdout.write(
    `\nThe first superuser is ${made.username}; the password: ${made.generatedPassword}\n\n`,
  );
}
