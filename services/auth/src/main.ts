import { newId } from '@guichet/database';
import { openPeer } from '@guichet/http';
import { STATE_WITHIN_MS } from '@guichet/process';
import { scheduleJob } from '@guichet/scheduled-jobs';
import { describeOutbox, relayOutbox, serve, serviceDescriber, startService } from '@guichet/service';
import { runPeriodically, within } from '@guichet/time';
import { createVault } from '@guichet/vault';
import { createAccountsClient } from './accounts-client.ts';
import { createApp } from './app.ts';
import { authSettings, policyFrom, rotationFrom } from './config.ts';
import type { Deps } from './deps.ts';
import { describeKeys } from './keys/describe-keys.ts';
import { createKeyring } from './keys/keyring.ts';
import { rotateKeys } from './keys/rotate-keys.ts';
import { watchHashing, watchKeys } from './metrics.ts';
import { loadCommonPasswords } from './passwords/common-passwords.ts';
import { createPasswordHasher } from './passwords/hasher.ts';
import { personalDataIn } from './personal-data/personal-data-peer.ts';
import { resealSecrets } from './sealed-secrets/reseal-secrets.ts';
import { sweep, sweepChallenges } from './sweep.ts';
import { welcomeFirstSuperuser } from './users/welcome-first-superuser.ts';

const migrations = new URL('../migrations/', import.meta.url);
const service = await startService({
  name: 'auth',
  settings: authSettings,
  streams: ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'],
  migrations,
});
const { settings, db, reads, clock, log, keep, ready } = service;
const relay = relayOutbox(service);
const accounts = keep('accounts', openPeer('accounts', settings.ACCOUNTS_URL, settings));
const logging = keep('logging', openPeer('logging', settings.LOGGING_URL, settings));
const vault = createVault(settings.KEY_ENCRYPTION_KEY);
const rotation = rotationFrom(settings);
const describeService = serviceDescriber(service, migrations, []);
const deps: Deps = {
  db,
  reads,
  log,
  replicaId: newId(),
  clock,
  policy: policyFrom(settings),
  hasher: createPasswordHasher(settings.PASSWORD_HASHES_AT_ONCE),
  commonPasswords: loadCommonPasswords(),
  vault,
  keyring: createKeyring(db, vault),
  accounts: createAccountsClient(accounts),
  readLogOf: personalDataIn('logging', logging),
  async describeSetup() {
    const [state, outbox, signing_keys] = await Promise.all([
      describeService(),
      describeOutbox(relay),
      within(STATE_WITHIN_MS, describeKeys(db, rotation)),
    ]);
    return { ...state, outbox, signing_keys };
  },
  wakeRelay: relay.wake,
};
watchHashing(() => deps.hasher.waiting);
watchKeys(deps.keyring, clock, rotation.intervalMs);
await rotateKeys(deps, rotation);
await welcomeFirstSuperuser(deps, settings);

const rotate = () => rotateKeys(deps, rotation);
// Every second, because a key that another process revoked must not sign or verify any longer.
keep('keys', runPeriodically({ name: 'read keys', log, everyMs: 1_000, work: deps.keyring.reload }));
keep('key rotation', runPeriodically({ name: 'rotate keys', log, everyMs: 60_000, work: rotate }));
keep('sweeping', runPeriodically({ name: 'sweep', log, everyMs: 3_600_000, work: () => sweep(deps) }));
keep(
  'sweeping challenges',
  runPeriodically({
    name: 'sweep challenges',
    log,
    everyMs: 60_000,
    work: () => sweepChallenges(deps),
  }),
);
keep(
  're-sealing',
  scheduleJob({
    db,
    log,
    name: 're-seal secrets',
    everySeconds: 600,
    work: (signal) => resealSecrets(deps, { signal }),
  }),
);
await serve(service, createApp(deps, { ready }));
