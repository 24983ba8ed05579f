import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ACCOUNT_STATUSES,
  ACCOUNT_TYPES,
  BATCH_STATUSES,
  DECISIONS,
  ENTRY_DIRECTIONS,
  FREQUENCIES,
  LOG_LEVELS,
  OPERATION_KINDS,
  OPERATION_STATUSES,
  OPTIONAL_MAIL_KINDS,
  PAYEE_CHECK_RESULTS,
  PAYMENT_RESULTS,
  PAYMENT_STATUSES,
  ROLES,
  SCOPES,
  STANDING_ORDER_STATUSES,
  USER_STATUSES,
} from '@guichet/contract';
import { INBOX_ORDERS, SECOND_AGENT_REASONS } from '@guichet/contract/accounts';
import { LOG_ACTIONS, LOG_FAMILIES, LOG_OUTCOMES, MAIL_TEMPLATES } from '@guichet/contract/events';
import { LOG_BUCKETS } from '@guichet/contract/logging';
import { frenchTypographyFaults } from '@guichet/testing';
import test from 'ava';
import Koa from 'koa';
import { chooseLocale, LOCALES, type Locale, loadTranslations, readCatalog } from './i18n.ts';
import { LISTS } from './pages/lists/filters.ts';
import { OWN_SENTENCES } from './pages/logs/own-dashboard.ts';
import { PERIODS } from './pages/logs/periods.ts';
import { navigationFor } from './pages/navigation.ts';

const HOME = fileURLToPath(new URL('..', import.meta.url));

function keysOf(catalog: object, prefix = ''): string[] {
  return Object.entries(catalog).flatMap(([name, value]) =>
    typeof value === 'string' ? [prefix + name] : keysOf(value as object, `${prefix}${name}.`),
  );
}

/** Code uses the bare key of a plural; zero can have a text of its own, and French has one more plural form than English. */
const bare = (key: string): string => key.replace(/_(?:zero|one|many|other)$/, '');
const keys = (locale: Locale) => new Set(keysOf(readCatalog(locale)).flatMap((key) => [key, bare(key)]));

function textsOf(locale: Locale): (key: string) => string {
  const catalog = readCatalog(locale);
  return (key) =>
    String(
      key.split('.').reduce<unknown>((node, part) => (node as Record<string, unknown>)?.[part], catalog),
    );
}

function filesUnder(folder: string, extension: string): string[] {
  return readdirSync(join(HOME, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(extension) && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(HOME, folder, file), 'utf8'));
}

test('both languages have the same keys', (t) => {
  const bareKeys = (locale: Locale) => [...new Set(keysOf(readCatalog(locale)).map(bare))].sort();
  t.deepEqual(bareKeys('fr'), bareKeys('en'));
});

test('both languages have the same placeholders', (t) => {
  const values = (text: string): string[] =>
    [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();
  const [en, fr] = [textsOf('en'), textsOf('fr')];
  for (const key of keysOf(readCatalog('en'))) {
    t.deepEqual(values(fr(key)), values(en(key)), key);
  }
});

test('French is set as French typography asks', (t) => {
  const fr = textsOf('fr');
  for (const key of keysOf(readCatalog('fr'))) t.deepEqual(frenchTypographyFaults(fr(key)), [], key);
});

test('an outcome of a request has one word, in pages as in mails', (t) => {
  const en = textsOf('en');
  const others = keysOf(readCatalog('en')).filter((key) => /declin/i.test(en(key)));
  t.deepEqual(others, []);
});

test('no page joins two texts with a colon of its own, because French has a space before it', (t) => {
  const joined = filesUnder('views', '.njk').flatMap(
    (view) => view.match(/[^{}]*\}\}(?:<\/\w+>)?: \{\{[^{}]*/g) ?? [],
  );
  t.deepEqual(joined, []);
});

test('every key that views and pages use is in the catalog', (t) => {
  const known = keys('en');
  const views = filesUnder('views', '.njk').join('\n');
  const pages = filesUnder('src', '.ts').join('\n');
  const said = [
    ...[...views.matchAll(/\bt\('([\w.-]+)'/g)].map((match) => match[1]),
    ...[...pages.matchAll(/'((?:notices|refusals|errors)\.[a-z_]+)'/g)].map((match) => match[1]),
  ].filter((key): key is string => key !== undefined && !/[._]$/.test(key));
  t.true(said.length > 300);
  t.deepEqual(
    [...new Set(said)].filter((key) => !known.has(key)),
    [],
  );
});

test('every key that is built from a name is in the catalog', async (t) => {
  const translations = await loadTranslations();
  const groups: Record<string, readonly string[]> = {
    operation_types: OPERATION_KINDS,
    operation_status: [...OPERATION_STATUSES, 'scheduled', 'failed'],
    account_status: ACCOUNT_STATUSES,
    user_status: USER_STATUSES,
    account_types: ACCOUNT_TYPES,
    directions: ENTRY_DIRECTIONS,
    levels: LOG_LEVELS,
    actions: Object.keys(LOG_ACTIONS),
    mails: Object.keys(MAIL_TEMPLATES),
    mail_choices: OPTIONAL_MAIL_KINDS.map((kind) => `kinds.${kind}`),
    unsubscribe: ['any', ...OPTIONAL_MAIL_KINDS].flatMap((kind) => [`lead.${kind}`, `done.${kind}`]),
    families: LOG_FAMILIES,
    roles: ROLES,
    decisions: DECISIONS,
    nav: ROLES.flatMap((role) => navigationFor(role, '/').map(({ label }) => label)),
    timeline: [
      ...['requested', 'requested_by_you', 'requested_by_bank', 'held', 'approved_first', 'approved'],
      ...['rejected', 'waiting'],
      ...['waiting_second', 'posted', 'ahead', 'released', 'cancelled', 'cancelled_by_you', 'expired'],
      ...['scheduled', 'ahead_dated', 'failed', 'postponed', 'order_payment', 'ahead_order'],
      ...['unsent', 'prepared', 'batched', 'sent', 'settled', 'returned'],
      ...['reversed', ...PAYEE_CHECK_RESULTS.map((result) => `payee_${result}`)],
    ],
    carried_out: OPERATION_KINDS,
    durations: ['minutes', 'hours', 'days'],
    errors: [
      'required',
      'choose_one',
      'choose_operations',
      'reason_needed',
      'passwords_differ',
      'wrong_recovery_code',
      'not_accepted',
      'days_range',
      'reference_too_long',
      'amount_decimals',
      'amount_unclear',
      'amount_zero',
      'amount_too_large',
    ],
    scopes: SCOPES,
    notices: [
      ...['deposit', 'withdrawal'].map((kind) => `${kind}_requested`),
      ...OPERATION_STATUSES.filter((status) => ['pending', 'approved', 'posted'].includes(status)).map(
        (status) => `operation_${status}`,
      ),
      ...['activate', 'deactivate', 'reject', 'delete'].map((action) => `user_${action}`),
    ],
    error: ['400', '403', '404', '413', '429', '500', '503', 'stale_form'].flatMap((kind) => [
      `${kind}.title`,
      `${kind}.text`,
    ]),
    people: ['member.title', 'member.lead', 'staff.title', 'staff.lead'],
    person_actions: ['activate', 'deactivate', 'reject', 'delete'].flatMap((action) => [
      `${action}.short`,
      `${action}.title`,
      `${action}.text`,
    ]),
    payee_check: PAYEE_CHECK_RESULTS.flatMap((result) => [`${result}.title`, `${result}.text`]),
    account_confirm: ['renew-rib.title', 'renew-rib.text', 'renew-rib.submit'],
    cash: ['deposit', 'withdrawal'].flatMap((kind) => [`${kind}.title`, `${kind}.lead`, `${kind}.submit`]),
    activity: ['per_', 'own_per_', 'decisions_per_'].flatMap((prefix) =>
      LOG_BUCKETS.map((bucket) => prefix + bucket),
    ),
    log_outcomes: LOG_OUTCOMES,
    log_periods: PERIODS,
    log_filters: Object.keys(LISTS.logs.filters),
    own_activity: OWN_SENTENCES,
    operations: ['lead_member', 'lead_agent'],
    outcomes: [
      'posted',
      'scheduled',
      'rejected',
      'second_agent',
      'decided_by',
      'cancelled_by',
      'expired',
      'refused',
    ],
    confirm: ['approve', 'reject', 'do_approve', 'do_reject'],
    inbox: [
      ...['mine', 'second_agent', 'registrations'].map((tab) => `tabs.${tab}`),
      ...INBOX_ORDERS.map((order) => `orders.${order}`),
      ...['1', '3', '7'].map((age) => `ages.${age}`),
      ...['j', 'k', 'x', 'o', 'a', 'r', 'help'].map((key) => `keys.${key}`),
    ],
    facts: [
      ...PAYEE_CHECK_RESULTS.map((check) => `check.${check}`),
      ...SECOND_AGENT_REASONS.map((reason) => `second_why.${reason}`),
    ],
    refusals: REFUSALS,
    frequencies: FREQUENCIES,
    standing_order_status: STANDING_ORDER_STATUSES,
    payment_results: PAYMENT_RESULTS,
    batch_status: BATCH_STATUSES,
    batched_status: PAYMENT_STATUSES.filter((status) => status !== 'waiting'),
    payment_status: PAYMENT_STATUSES,
    payment_batches: ['create', 'sent', 'settled'].flatMap((step) =>
      ['title', 'text', 'submit'].map((part) => `confirm.${step}.${part}`),
    ),
  };
  const built = Object.entries(groups).flatMap(([group, names]) => names.map((name) => `${group}.${name}`));
  for (const locale of LOCALES) {
    const known = keys(locale);
    t.deepEqual(
      built.filter((key) => !translations.has(locale, key) && !known.has(key)),
      [],
      `missing in locales/${locale}.json`,
    );
  }
});

/** Every code in the HTTP contract that a page can meet. */
const REFUSALS = [
  ...[
    'invalid_request',
    'forbidden',
    'insufficient_scope',
    'payload_too_large',
    'too_many_requests',
    'unavailable',
  ],
  ...[
    'username_taken',
    'password_too_weak',
    'invalid_credentials',
    'totp_required',
    'invalid_totp',
    'invalid_sign_in',
    'account_pending',
  ],
  ...[
    'account_rejected',
    'account_deactivated',
    'too_many_attempts',
    'wrong_password',
    'invalid_link',
    'scope_too_wide',
  ],
  ...[
    'last_superuser',
    'not_active',
    'not_pending',
    'user_has_accounts',
    'no_active_agent',
    'insufficient_funds',
    'account_not_open',
  ],
  ...[
    'account_not_empty',
    'retired_rib',
    'currency_mismatch',
    'already_reversed',
    'already_requested',
    'limit_exceeded',
    'balance_too_large',
    'account_not_found',
  ],
  ...['same_account', 'invalid_iban', 'invalid_rib', 'not_your_account_pair', 'not_your_own_request'],
  ...['already_decided_by_you', 'overdraft_in_use', 'idempotency_key_reused', 'request_in_progress'],
  'order_not_active',
  'customer_not_active',
];

test('the user’s own language wins over the cookie, and the cookie over Accept-Language', (t) => {
  const requestFor = (acceptLanguage?: string) => {
    const headers = acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage };
    return new Koa().createContext({ headers } as IncomingMessage, {} as ServerResponse);
  };
  const none = { user: undefined, cookie: undefined, request: requestFor() };
  t.is(chooseLocale(none), 'en');
  t.is(chooseLocale({ ...none, request: requestFor('tlh, fr;q=0.8, en;q=0.5') }), 'fr');
  t.is(chooseLocale({ ...none, request: requestFor('fr;q=0, en') }), 'en');
  t.is(chooseLocale({ ...none, request: requestFor('fr-CA, en;q=0.5') }), 'fr');
  t.is(chooseLocale({ ...none, request: requestFor('*') }), 'en');
  t.is(chooseLocale({ ...none, request: requestFor(';;q=x,,') }), 'en');
  t.is(chooseLocale({ ...none, cookie: 'fr', request: requestFor('en') }), 'fr');
  t.is(chooseLocale({ user: 'en', cookie: 'fr', request: requestFor('fr') }), 'en');
  t.is(chooseLocale({ ...none, cookie: '../../etc' }), 'en');
});
