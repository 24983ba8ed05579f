/** What a service level promises over 30 days. The rules, the dashboard, the table in the docs and the alert drill are all made from this list. */
export interface Objective {
  /** The first part of the names of its series: the labels that they keep, and what is bad. */
  series: `${string}:${string}`;
  by: readonly string[];
  /** The share that may be bad. */
  budget: number;
  measure: Events | State;
  alert: {
    name: string;
    /** The severities of a fast and a slow burn. */
    fast: Severity;
    slow: Severity;
    summary: string;
    /** What `$value` is the share of, as the beginning of a sentence. */
    share: string;
    runbook: string;
  };
  /** For the table and the dashboard. */
  title: string;
  of: string;
  countsAsBad: string;
}

export type Severity = 'critical' | 'warning';

/** Something that happens, and is good or bad each time. `bad` and `all` are rates per second over five minutes. */
interface Events {
  kind: 'events';
  /** The series of `all`, which objectives share. */
  allSeries: string;
  all: (window: string) => string;
  bad: (window: string) => string;
}

/** Something that is bad for a part of the time: `isBad` is 0 or 1. */
interface State {
  kind: 'state';
  isBad: string;
}

const ANY_BANK = 'bank=~".*"';
/** They stream, export or read everything; what the frontend proxies is counted by the service. */
const UNTIMED_ROUTES =
  '/readyz|/api/logs/(stream|export|verify)|/logs/(stream|export)|/api/ledger/reconciliation|/reconciliation|[(]edge to .+[)]';

/** The rate of a counter's series, with the labels that stay. */
function rateOf(by: string, metric: string, matchers: string) {
  return (window: string) => `sum by (${by}) (rate(${metric}{${ANY_BANK}${matchers}}[${window}]))`;
}

/** Those of a histogram that took longer than one of its bounds. */
function longerThan(seconds: number, by: string, histogram: string, matchers = '') {
  const all = rateOf(by, `${histogram}_count`, matchers);
  const within = rateOf(by, `${histogram}_bucket`, `${matchers},le="${seconds}"`);
  return { all, bad: (window: string) => `${all(window)}\n- ${within(window)}` };
}

const decisions = 'guichet_command_queue_duration_seconds';
const requests = 'http_request_duration_seconds';

export const OBJECTIVES: readonly Objective[] = [
  {
    series: 'bank_service:http_requests_failed',
    by: ['bank', 'service'],
    budget: 0.001,
    measure: {
      kind: 'events',
      allSeries: 'bank_service:http_requests',
      all: rateOf('bank, service', `${requests}_count`, ',route!="/readyz"'),
      bad: (window) =>
        `${rateOf('bank, service', `${requests}_count`, ',route!="/readyz",status=~"5.."')(window)}\nor 0 * ${rateOf('bank, service', `${requests}_count`, ',route!="/readyz"')(window)}`,
    },
    alert: {
      name: 'GuichetRequestsFail',
      fast: 'critical',
      slow: 'warning',
      summary: '{{ $labels.service }} of {{ $labels.bank }} answers too many requests with 5xx',
      share: 'of the requests to {{ $labels.service }} failed',
      runbook: 'requests-fail',
    },
    title: 'requests are answered',
    of: 'each service, except `/readyz`',
    countsAsBad: 'a 5xx',
  },
  {
    series: 'bank_service:http_requests_slow',
    by: ['bank', 'service'],
    budget: 0.01,
    measure: {
      kind: 'events',
      allSeries: 'bank_service:http_requests_timed',
      ...longerThan(0.5, 'bank, service', requests, `,route!~"${UNTIMED_ROUTES}"`),
    },
    alert: {
      name: 'GuichetRequestsSlow',
      fast: 'critical',
      slow: 'warning',
      summary: '{{ $labels.service }} of {{ $labels.bank }} is too slow',
      share: 'of the requests to {{ $labels.service }} took more than 500 ms',
      runbook: 'requests-slow',
    },
    title: 'requests are answered in time',
    of: 'each service, except routes that stream, export or read everything, and requests that the frontend proxies (the service counts those)',
    countsAsBad: 'more than 500 ms',
  },
  {
    series: 'bank:decisions_failed',
    by: ['bank'],
    budget: 0.001,
    measure: {
      kind: 'events',
      allSeries: 'bank:decisions',
      all: rateOf('bank', `${decisions}_count`, ',work="decision"'),
      bad: rateOf('bank', `${decisions}_count`, ',work="decision",result="failed"'),
    },
    alert: {
      name: 'GuichetDecisionsFail',
      fast: 'critical',
      slow: 'warning',
      summary: 'Too many decisions of {{ $labels.bank }} fail',
      share: 'of the decisions failed',
      runbook: 'decisions-fail',
    },
    title: 'decisions are made',
    of: 'accounts',
    countsAsBad: 'no answer; a refusal by a rule is an answer',
  },
  {
    series: 'bank:decisions_slow',
    by: ['bank'],
    budget: 0.01,
    measure: {
      kind: 'events',
      allSeries: 'bank:decisions',
      ...longerThan(0.25, 'bank', decisions, ',work="decision"'),
    },
    alert: {
      name: 'GuichetDecisionsSlow',
      fast: 'critical',
      slow: 'warning',
      summary: 'Decisions of {{ $labels.bank }} are too slow',
      share: 'of the decisions took more than 250 ms',
      runbook: 'decisions-slow',
    },
    title: 'decisions are made in time',
    of: 'accounts, from arrival to commit',
    countsAsBad: 'more than 250 ms',
  },
  {
    series: 'bank:log_batches_late',
    by: ['bank'],
    budget: 0.01,
    measure: {
      kind: 'events',
      allSeries: 'bank:log_batches',
      ...longerThan(1, 'bank', 'guichet_log_delay_seconds'),
    },
    alert: {
      name: 'GuichetLogLate',
      fast: 'critical',
      slow: 'warning',
      summary: 'The log of {{ $labels.bank }} stores entries too late',
      share: 'of the batches were stored more than a second after their oldest action',
      runbook: 'log-late',
    },
    title: 'the log is up to date',
    of: 'each batch that logging stores, from its oldest action (before its commit) to the entry',
    countsAsBad: 'more than a second; 250 ms is the goal under load',
  },
  {
    series: 'bank:reconciliation_stale',
    by: ['bank'],
    budget: 0.01,
    measure: {
      kind: 'state',
      isBad: `(time() - max by (bank) (guichet_reconciliation_timestamp_seconds{${ANY_BANK}})) > bool 3600`,
    },
    alert: {
      name: 'GuichetReconciliationOverdue',
      fast: 'warning',
      slow: 'warning',
      summary: 'The ledger of {{ $labels.bank }} is not reconciled often enough',
      share: 'of the time, the last reconciliation was more than an hour old',
      runbook: 'reconciliation-overdue',
    },
    title: 'the ledger is reconciled',
    of: 'the time since accounts runs',
    countsAsBad: 'the last reconciliation is more than an hour old',
  },
];

/** The days over which a budget is counted. */
export const BUDGET_DAYS = 30;

/** In seconds: the two windows of an alert. Both must burn, so that it fires early and resolves soon after its cause. */
export interface Burn {
  speed: 'fast' | 'slow';
  rate: number;
  longSeconds: number;
  shortSeconds: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** From Google's Site Reliability Workbook, chapter 5 ("Alerting on SLOs"), table 5-8, and its row for three days. */
export const BURNS: readonly Burn[] = [
  { speed: 'fast', rate: 14.4, longSeconds: HOUR, shortSeconds: 5 * MINUTE },
  { speed: 'fast', rate: 6, longSeconds: 6 * HOUR, shortSeconds: 30 * MINUTE },
  { speed: 'slow', rate: 3, longSeconds: DAY, shortSeconds: 2 * HOUR },
  { speed: 'slow', rate: 1, longSeconds: 3 * DAY, shortSeconds: 6 * HOUR },
];

/** How long a burn lasts before it's an alert. */
export const BURNS_FOR_SECONDS = { fast: 2 * MINUTE, slow: HOUR } as const;

/** With fewer bad events than this in the long window, a fast burn is no alert: a single one at night doesn't wake the operator. */
export const LEAST_EVENTS = 10;

/** The window of the recorded rates, from which those of the other windows are averaged. */
export const SHORTEST_SECONDS = 5 * MINUTE;

/** Every window that is recorded, ascending. */
export const WINDOWS_SECONDS: readonly number[] = [
  ...new Set(BURNS.flatMap(({ longSeconds, shortSeconds }) => [shortSeconds, longSeconds])),
].sort((a, b) => a - b);
