import type {
  AccountsState,
  AuthState,
  LoggingState,
  OutboxState,
  ProcessState,
  ServiceState,
} from '@guichet/contract';
import { type Finding, levelOf, ofEach } from './finding.ts';

/** The state of each process; null for a service that doesn't answer. */
export interface BankState {
  auth: AuthState | null;
  accounts: AccountsState | null;
  logging: LoggingState | null;
  /** The process that shows the page. */
  frontend: ProcessState;
  /** The mailer's last trouble within a day, from the log, because the mailer serves no requests. `none` if it had none; null if the log is unavailable. */
  mail: { at: string; isDeadLetter: boolean } | 'none' | null;
}

export const AREAS = [
  'services',
  'database',
  'nats',
  'outbox',
  'mail',
  'chain',
  'signing_keys',
  'event_keys',
  'certificates',
] as const;
export type Area = (typeof AREAS)[number];

// The limits of the alerts, in charts/guichet/charts/monitoring/rules/alerts.yaml.
const CERTIFICATE_DAYS_MIN = 14;
const OUTBOX_SECONDS_MAX = 300;
const CONSUMER_WAITING_MAX = 1_000;
const VERIFIED_HOURS_MAX = 24;
const KEY_AGE_FACTOR_MAX = 1.1;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The findings in each area of the bank's set-up. */
export function findingsOf(state: BankState, now: Date): Record<Area, Finding[]> {
  const { frontend, auth, accounts, logging } = state;
  const services = { auth, accounts, logging };
  const processes = { ...services, frontend };
  return {
    services: Object.entries(processes).map(([about, process]) => ofService(about, process)),
    certificates: ofEach(processes, (process, about) => ofCertificates(process, about, now)),
    signing_keys: ofSigningKeys(auth, now),
    event_keys: ofEach(processes, ofEventKeys),
    outbox: ofEach(
      { auth: auth && [auth.outbox], accounts: accounts && [accounts.outbox] },
      ([outbox], about) => ofOutbox(outbox ?? null, about),
    ),
    database: ofEach(services, ofDatabase),
    nats: [...ofEach(processes, ofNats), ...ofDeadLetters({ accounts, logging })],
    mail: [ofMail(state.mail)],
    chain: [ofChain(logging, now)],
  };
}

/**
 * The finding that says most about its area: the first of the worst level. If all are good, it is the only one or the one that ends soonest;
 * null if none stands out.
 */
export function headlineOf(findings: readonly Finding[]): Finding | null {
  const level = levelOf(findings);
  const worst = findings.filter((finding) => finding.level === level);
  if (level !== 'good' || worst.length === 1) return worst[0] ?? null;
  const ahead = worst.filter(({ text }) => text === 'key_next' || /_valid$/.test(text));
  return ahead.sort((a, b) => (String(a.at) < String(b.at) ? -1 : 1))[0] ?? null;
}

function ofService(about: string, process: ProcessState | null): Finding {
  if (process === null) return { level: 'bad', about, text: 'no_answer', runbook: 'service-down.md' };
  const { missing, release } = process;
  return missing.length === 0
    ? { level: 'good', about, text: 'ready', values: { release } }
    : {
        level: 'bad',
        about,
        text: 'not_ready',
        values: { missing: missing.join(', ') },
        runbook: 'pod-not-ready.md',
      };
}

function ofCertificates({ certificates }: ProcessState, about: string, now: Date): Finding[] {
  const ends = [
    { text: 'certificate', at: certificates.own },
    { text: 'authority', at: certificates.authority },
  ];
  return ends.map(({ text, at }) => {
    const leftMs = Date.parse(at) - now.getTime();
    if (leftMs >= CERTIFICATE_DAYS_MIN * DAY_MS) return { level: 'good', about, text: `${text}_valid`, at };
    const state = leftMs > 0 ? 'expires' : 'expired';
    return { level: 'bad', about, text: `${text}_${state}`, at, runbook: 'certificate-expires.md' };
  });
}

function ofSigningKeys(auth: AuthState | null, now: Date): Finding[] {
  const keys = auth?.signing_keys ?? null;
  if (keys === null) return [{ level: 'unknown', about: 'auth', text: 'unknown' }];
  const runbook = 'signing-key-too-old.md';
  const found = keys.items.map(({ kid, state, since }): Finding => {
    if (state !== 'signing') return { level: 'good', about: kid, text: `key_${state}`, at: since };
    const dueAt = Date.parse(keys.next_rotation_at ?? since);
    const latest = Date.parse(since) + (dueAt - Date.parse(since)) * KEY_AGE_FACTOR_MAX;
    return now.getTime() > latest
      ? { level: 'bad', about: kid, text: 'key_overdue', at: since, runbook }
      : { level: 'good', about: kid, text: 'key_signing', at: since };
  });
  if (!keys.items.some(({ state }) => state === 'signing'))
    return [...found, { level: 'bad', about: null, text: 'key_none', runbook }];
  return [...found, { level: 'good', about: null, text: 'key_next', at: keys.next_rotation_at }];
}

function ofEventKeys({ event_keys: { own, without_key } }: ProcessState, about: string): Finding {
  return without_key.length === 0
    ? { level: 'good', about, text: 'event_keys', values: { count: own } }
    : {
        level: 'bad',
        about,
        text: 'event_keys_missing',
        values: { services: without_key.join(', ') },
        runbook: 'README.md',
      };
}

function ofOutbox(outbox: OutboxState, about: string): Finding {
  if (outbox === null) return { level: 'unknown', about, text: 'unknown' };
  const { waiting, oldest_seconds, refused } = outbox;
  const values = { count: waiting, seconds: Math.round(oldest_seconds) };
  if (refused > 0)
    return {
      level: 'bad',
      about,
      text: 'outbox_refused',
      values: { count: refused },
      runbook: 'outbox-dead-letters.md',
    };
  if (oldest_seconds > OUTBOX_SECONDS_MAX)
    return { level: 'bad', about, text: 'outbox_stuck', values, runbook: 'outbox-stuck.md' };
  return { level: 'good', about, text: waiting === 0 ? 'outbox_empty' : 'outbox_waiting', values };
}

function ofDatabase({ database }: ServiceState, about: string): Finding {
  const runbook = 'database-down.md';
  if (database === null) return { level: 'bad', about, text: 'database_down', runbook };
  const { version, writable, migrations } = database;
  if (!writable) return { level: 'bad', about, text: 'database_read_only', values: { version }, runbook };
  return migrations.applied < migrations.expected
    ? { level: 'bad', about, text: 'database_behind', values: migrations, runbook: 'README.md' }
    : { level: 'good', about, text: 'database_ready', values: { version, count: migrations.applied } };
}

function ofNats({ nats }: ProcessState, about: string): Finding[] {
  if (!nats.connected) return [{ level: 'bad', about, text: 'nats_down', runbook: 'nats-down.md' }];
  return [
    { level: 'good', about, text: 'nats_connected' },
    ...nats.consumers.map(({ stream, consumer, waiting }): Finding => {
      const of = `${stream} → ${consumer}`;
      if (waiting === null) return { level: 'unknown', about: of, text: 'unknown' };
      return waiting > CONSUMER_WAITING_MAX
        ? {
            level: 'bad',
            about: of,
            text: 'consumer_behind',
            values: { count: waiting },
            runbook: 'consumer-behind.md',
          }
        : { level: 'good', about: of, text: 'consumer_waiting', values: { count: waiting } };
    }),
  ];
}

/** Only what is wrong or unknown: a bank that never had a dead letter has no use for the word. */
function ofDeadLetters(services: Record<string, AccountsState | LoggingState | null>): Finding[] {
  return Object.entries(services).flatMap(([about, service]): Finding[] => {
    if (service === null || service.dead_letters === 0) return [];
    const count = service.dead_letters;
    if (count === null) return [{ level: 'unknown', about, text: 'unknown' }];
    return [{ level: 'bad', about, text: 'dead_letters', values: { count }, runbook: 'dead-letters.md' }];
  });
}

function ofMail(mail: BankState['mail']): Finding {
  if (mail === null) return { level: 'unknown', about: null, text: 'unknown' };
  if (mail === 'none') return { level: 'good', about: null, text: 'mail_ok' };
  return mail.isDeadLetter
    ? { level: 'bad', about: null, text: 'mail_dead_letter', at: mail.at, runbook: 'mail-dead-lettered.md' }
    : { level: 'bad', about: null, text: 'mail_trouble', at: mail.at, runbook: 'mail-server-down.md' };
}

function ofChain(logging: LoggingState | null, now: Date): Finding {
  const chain = logging?.chain ?? null;
  if (chain === null) return { level: 'unknown', about: null, text: 'unknown' };
  const { head, verified } = chain;
  if (verified === null)
    return { level: 'unknown', about: null, text: 'chain_unverified', values: { count: head } };
  const at = verified.at;
  if (!verified.ok)
    return { level: 'bad', about: null, text: 'chain_broken', at, runbook: 'log-chain-broken.md' };
  return now.getTime() - Date.parse(at) > VERIFIED_HOURS_MAX * HOUR_MS
    ? { level: 'bad', about: null, text: 'chain_overdue', at, runbook: 'log-verification-overdue.md' }
    : { level: 'good', about: null, text: 'chain_ok', values: { checked: verified.checked, head }, at };
}
