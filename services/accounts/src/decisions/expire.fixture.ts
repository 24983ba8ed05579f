// A replica that only expires overdue operations, in its own process, so that a test can kill it. Its arguments are the database's settings and the
// bank's time; it prints a line when it is running.
import { readSettings } from '@guichet/config';
import { openDatabase, queryOnce, select, sql } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { createVault } from '@guichet/vault';
import { openCommandQueue } from '../command-queue.ts';
import { accountsSettings, rulesFrom } from '../config.ts';
import type { Deps } from '../deps.ts';
import { keepExpiring } from './expire-operations.ts';

const [settings = '{}', now = ''] = process.argv.slice(2);
const db = openDatabase(JSON.parse(settings), silentLog, { pipelines: true });
const rulesSettings = readSettings(accountsSettings, {
  AUTH_URL: 'https://127.0.0.1',
  DATABASE_HOSTS: 'here',
  DATABASE_NAME: 'here',
  DATABASE_USER: 'here',
  DATABASE_PASSWORD: 'here',
  NATS_SERVERS: 'here:1',
  EVENT_SECRET_KEY: 'k'.repeat(43),
  EVENT_PUBLIC_KEYS: `accounts=${'a'.repeat(43)}`,
  TLS_DIRECTORY: '/',
  WEBHOOK_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const deps: Deps = {
  db,
  reads: { replicas: null, writer: db },
  clock: () => new Date(now),
  log: silentLog,
  rules: rulesFrom(rulesSettings),
  secondFactor: async () => 'not_enrolled',
  countComparison: () => true,
  describeSetup: () => Promise.reject(new Error('not in this process')),
  vault: createVault([Buffer.alloc(32)]),
  webhooks: { allowedHosts: new Set(), resolve: async () => [], timeoutMs: 1_000, waitingMax: 1 },
  committed: () => undefined,
  inFlightKeys: new Set(),
};
const queue = openCommandQueue(deps);
await queryOnce(db, select(sql`SELECT 1`));
keepExpiring(deps, queue.decide, { everySeconds: 0.05, leaseSeconds: 1 });
process.stdout.write('looking\n');
