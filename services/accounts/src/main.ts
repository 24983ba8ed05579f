import { type WatchedConsumer, watchConsumers } from '@guichet/process';
import {
  describeDeadLetters,
  describeOutbox,
  identifyCallers,
  relayOutbox,
  serve,
  serviceDescriber,
  startService,
  watchDeadLetters,
} from '@guichet/service';
import { createVault } from '@guichet/vault';
import { createAccountsApp } from './app.ts';
import { openCommandQueue } from './command-queue.ts';
import { accountsSettings, rulesFrom } from './config.ts';
import { keepExecuting } from './decisions/execute-due.ts';
import { keepExpiring } from './decisions/expire-operations.ts';
import type { Deps } from './deps.ts';
import { keepSendingDigests } from './digest/send-digest.ts';
import { keepPruning } from './idempotency/keep-pruning.ts';
import { keepPostingItems } from './incoming/post-items.ts';
import { keepTakingFiles } from './incoming/take-files.ts';
import { watchFolder } from './incoming/watch-folder.ts';
import { keepAccruing } from './interest/accrue-interest.ts';
import { keepPostingLines } from './interest/post-lines.ts';
import { keepForgetting } from './leaving/forget-people.ts';
import { comparisonCounter } from './payees/count-comparisons.ts';
import { keepBatching } from './payments/pass-cut-off.ts';
import { followPeople } from './people/follow-people.ts';
import { keepReconciling } from './reconciliation/keep-reconciling.ts';
import { secondFactorInAuth } from './step-up/second-factor-in-auth.ts';
import { watchBank } from './watch-bank.ts';
import { keepDelivering } from './webhooks/deliver-messages.ts';
import { resolveInDns } from './webhooks/destination.ts';
import { keepPruningWebhooks } from './webhooks/keep-pruning.ts';
import { WAITING_MAX } from './webhooks/rules.ts';
import { TIMEOUT_MS } from './webhooks/send-message.ts';
import { watchWebhooks } from './webhooks/watch-webhooks.ts';

const migrations = new URL('../migrations/', import.meta.url);
const service = await startService({
  name: 'accounts',
  settings: accountsSettings,
  streams: ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'],
  migrations,
  pipelines: true,
});
const { settings, db, reads, broker, clock, log, keep, ready } = service;
const relay = relayOutbox(service);
const people = keep('people', followPeople(db, broker, log));
const { auth, verify, lag } = identifyCallers(service);
const consumers: WatchedConsumer[] = [
  { stream: 'USERS', consumer: 'accounts-people', lag: people.lag },
  { stream: 'REVOCATIONS', consumer: 'accounts-revocations', lag },
];
watchConsumers(consumers);
const describeService = serviceDescriber(service, migrations, consumers);
watchDeadLetters(db, ['USERS']);

const deps: Deps = {
  db,
  reads,
  clock,
  log,
  rules: rulesFrom(settings),
  secondFactor: secondFactorInAuth(auth),
  countComparison: comparisonCounter(),
  async describeSetup() {
    const [state, outbox, deadLetters] = await Promise.all([
      describeService(),
      describeOutbox(relay),
      describeDeadLetters(db),
    ]);
    return { ...state, outbox, dead_letters: deadLetters };
  },
  vault: createVault(settings.WEBHOOK_ENCRYPTION_KEY),
  webhooks: {
    allowedHosts: settings.WEBHOOK_HOSTS,
    resolve: resolveInDns,
    timeoutMs: TIMEOUT_MS,
    waitingMax: WAITING_MAX,
  },
  committed: relay.wake,
  inFlightKeys: new Set(),
};
const queue = openCommandQueue(deps);
keep('expiry', keepExpiring(deps, queue.decide));
keep('due operations', keepExecuting(deps, queue.decide));
keep('payment files', keepPostingItems(deps));
if (settings.INCOMING_DIRECTORY !== undefined)
  keep('incoming files', keepTakingFiles(deps, settings.INCOMING_DIRECTORY));
keep('interest', keepAccruing(deps));
keep('interest runs', keepPostingLines(deps));
keep('pruning', keepPruning(deps));
keep('forgetting', keepForgetting(deps));
keep('payment batches', keepBatching(deps, settings.BATCHES_DIRECTORY ?? null));
keep('digest', keepSendingDigests(deps, settings.DIGEST_AT));
keep(
  'reconciliation',
  keepReconciling(deps, {
    everySeconds: settings.RECONCILE_EVERY_SECONDS,
    fullEveryHours: settings.RECONCILE_FULLY_EVERY_HOURS,
  }),
);
keep('webhooks', keepDelivering(deps));
keep('pruning of webhooks', keepPruningWebhooks(deps));
watchBank(deps, queue);
watchFolder(settings.INCOMING_DIRECTORY ?? null, clock);
watchWebhooks(deps);
service.onStop('command queue', () => queue.idle());
await serve(service, createAccountsApp({ deps, queue, verify, ready }));
