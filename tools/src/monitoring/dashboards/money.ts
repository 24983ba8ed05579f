import type { Dashboard, Panel } from './dashboard.ts';

const bank = 'bank="$bank"';
const rate = '[$__rate_interval]';

const books: Panel[] = [
  {
    kind: 'stat',
    title: 'Ledger',
    description: 'What the last reconciliation found.',
    queries: [{ expr: `min(guichet_reconciliation_ok{${bank}})`, legend: 'ledger' }],
    words: { 0: 'does not add up', 1: 'adds up' },
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Added up',
    description: 'Time since the last reconciliation ended.',
    queries: [{ expr: `time() - max(guichet_reconciliation_timestamp_seconds{${bank}})`, legend: 'ago' }],
    unit: 's',
    warnFrom: 3_600,
    badFrom: 21_600,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Waiting operations',
    description: 'What agents have to decide.',
    queries: [{ expr: `sum(max by (type) (guichet_operations_waiting{${bank}}))`, legend: 'waiting' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Oldest request',
    description: 'How long the oldest operation has waited.',
    queries: [{ expr: `max(guichet_operations_oldest_waiting_age_seconds{${bank}})`, legend: 'oldest' }],
    unit: 's',
    warnFrom: 86_400,
    badFrom: 172_800,
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Open holds',
    description: 'Requests that reserve money.',
    queries: [{ expr: `max(guichet_holds_open{${bank}})`, legend: 'holds' }],
    width: 4,
  },
  {
    kind: 'stat',
    title: 'Past their deadline',
    description: 'Operations that wait though their time is over; there should be none.',
    queries: [{ expr: `max(guichet_operations_overdue{${bank}})`, legend: 'overdue' }],
    badFrom: 1,
    width: 4,
  },
  {
    kind: 'table',
    title: 'Reconciliation, check by check',
    description: 'What each check found broken.',
    queries: [{ expr: `max by (check) (guichet_reconciliation_broken_items{${bank}})` }],
    badFrom: 1,
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'How long adding up takes',
    description: 'It grows with the ledger, and rests twenty times as long as it works.',
    queries: [{ expr: `max(guichet_reconciliation_duration_seconds{${bank}})`, legend: 'duration' }],
    unit: 's',
    width: 12,
  },
];

const operations: Panel[] = [
  {
    kind: 'timeseries',
    title: 'Asked for',
    description: 'Operations a second that were asked for, by type.',
    queries: [
      {
        expr: `sum by (type) (rate(guichet_operations_requested_total{${bank}}${rate}))`,
        legend: '{{type}}',
      },
    ],
    unit: 'ops',
    stacked: true,
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Decided',
    description: 'Decisions a second, by what the operation came to.',
    queries: [
      { expr: `sum by (outcome) (rate(guichet_decisions_total{${bank}}${rate}))`, legend: '{{outcome}}' },
    ],
    unit: 'ops',
    stacked: true,
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Refused',
    description: 'Requests and decisions a second that a rule refused, by its code.',
    queries: [
      {
        expr: `sum by (work, code) (rate(guichet_refusals_total{${bank}}${rate})) > 0`,
        legend: '{{work}} {{code}}',
      },
    ],
    unit: 'ops',
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Posted',
    description: 'Operations a second that were posted, by type.',
    queries: [
      {
        expr: `sum by (type) (rate(guichet_decisions_total{${bank},outcome="posted"}${rate}))`,
        legend: '{{type}}',
      },
    ],
    unit: 'ops',
    stacked: true,
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Money posted, per hour',
    description: 'In minor units (cents), by type and currency.',
    queries: [
      {
        expr: `sum by (type, currency) (increase(guichet_posted_amount_minor_units_total{${bank}}[1h])) > 0`,
        legend: '{{type}} {{currency}}',
      },
    ],
    width: 8,
  },
  {
    kind: 'timeseries',
    title: 'Waiting',
    description: 'Operations that wait for an agent, by type.',
    queries: [{ expr: `max by (type) (guichet_operations_waiting{${bank}})`, legend: '{{type}}' }],
    stacked: true,
    width: 8,
  },
];

const desk: Panel[] = [
  {
    kind: 'stat',
    title: 'Failed decisions, 1 h',
    description: 'Share of decisions that got no answer; 0.1 % is what a month allows.',
    queries: [{ expr: `bank:decisions_failed:ratio_rate1h{${bank}}`, legend: 'failed' }],
    unit: 'percentunit',
    warnFrom: 0.001,
    badFrom: 0.0144,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'Slow decisions, 1 h',
    description: 'Share of decisions that took more than 250 ms; 1 % is what a month allows.',
    queries: [{ expr: `bank:decisions_slow:ratio_rate1h{${bank}}`, legend: 'slow' }],
    unit: 'percentunit',
    warnFrom: 0.01,
    badFrom: 0.144,
    width: 6,
  },
  {
    kind: 'stat',
    title: 'In memory, waiting',
    description: 'Requests and decisions that wait for the next transaction.',
    queries: [{ expr: `sum by (work) (guichet_desk_waiting_items{${bank}})`, legend: '{{work}}' }],
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'From arrival to commit',
    description: 'Half and 99 % of the requests and decisions are committed within this time.',
    queries: [0.5, 0.99].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (work, le) (rate(guichet_desk_duration_seconds_bucket{${bank}}${rate})))`,
      legend: `{{work}} p${quantile * 100}`,
    })),
    unit: 's',
    width: 12,
  },
  {
    kind: 'timeseries',
    title: 'Batches',
    description: 'Items in a transaction, on average: it grows with the load, up to 256.',
    queries: [
      {
        expr: `sum by (work) (rate(guichet_desk_batch_items_sum{${bank}}${rate})) / sum by (work) (rate(guichet_desk_batch_items_count{${bank}}${rate}))`,
        legend: '{{work}}',
      },
    ],
    width: 12,
  },
];

export const moneyDashboard: Dashboard = {
  uid: 'guichet-money',
  title: 'Guichet: money',
  description: 'What is asked for, decided and posted, and whether the ledger adds up.',
  rows: [
    { title: 'The books', panels: books },
    { title: 'Operations', panels: operations },
    { title: 'The desk', panels: desk },
  ],
};
